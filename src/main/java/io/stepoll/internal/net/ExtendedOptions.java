package io.stepoll.internal.net;

import io.stepoll.internal.sys.Options;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** The options of the module jdk.net, which may be missing: only {@link OptionTable} may name this class. */
final class ExtendedOptions {
    /** The kernel's limits in tcp(7). The kernel refuses a value beyond them, but does not say why. */
    private static final int LONGEST_KEEPALIVE_SECONDS = 32767;
    private static final int MOST_KEEPALIVE_PROBES = 127;

    private ExtendedOptions() {}

    /** Adds the options. Where the module is missing, throws NoClassDefFoundError and adds nothing. */
    static void addTo(Map<SocketOption<?>, OptionRow<?>> rows) {
        OptionCodec<Integer> seconds = OptionCodec.integer(1, LONGEST_KEEPALIVE_SECONDS);
        OptionCodec<Integer> probes = OptionCodec.integer(1, MOST_KEEPALIVE_PROBES);
        rows.put(ExtendedSocketOptions.TCP_KEEPIDLE, OptionRow.tcp(Options.TCP_KEEPIDLE, seconds));
        rows.put(ExtendedSocketOptions.TCP_KEEPINTERVAL, OptionRow.tcp(Options.TCP_KEEPINTVL, seconds));
        rows.put(ExtendedSocketOptions.TCP_KEEPCOUNT, OptionRow.tcp(Options.TCP_KEEPCNT, probes));
        rows.put(ExtendedSocketOptions.TCP_QUICKACK, OptionRow.tcp(Options.TCP_QUICKACK, OptionCodec.flag()));
        rows.put(ExtendedSocketOptions.IP_DONTFRAGMENT, OptionRow.ip(SocketKind::isInetDatagram,
                Options.IP_MTU_DISCOVER, Options.IPV6_MTU_DISCOVER, OptionCodec.dontFragment()));
        rows.put(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, OptionRow.socket(SocketKind::isInet,
                Options.SO_INCOMING_NAPI_ID, OptionCodec.readOnlyInteger()));
        rows.put(ExtendedSocketOptions.SO_PEERCRED, OptionRow.socket(SocketKind::isUnix, Options.SO_PEERCRED,
                OptionCodec.readOnly(Options.CREDENTIALS_SIZE, ExtendedOptions::principal)));
    }

    /** The peer of a Unix socket by its names, equal to the value that the JDK's own channels return. */
    private static UnixDomainPrincipal principal(ByteBuffer struct, int length) throws IOException {
        int uid = struct.getInt(Options.CREDENTIALS_UID);
        if (uid == -1) {
            throw new SocketException(ExtendedSocketOptions.SO_PEERCRED.name() + ": not connected");
        }
        UserPrincipalLookupService names = FileSystems.getDefault().getUserPrincipalLookupService();
        return new UnixDomainPrincipal(names.lookupPrincipalByName(Options.userName(uid)),
                names.lookupPrincipalByGroupName(Options.groupName(struct.getInt(Options.CREDENTIALS_GID))));
    }
}
