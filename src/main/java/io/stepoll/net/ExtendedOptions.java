package io.stepoll.net;

import io.stepoll.internal.sys.Options;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** The options of the module jdk.net, which need not be there: nobody but {@link OptionTable} names this class. */
final class ExtendedOptions {
    private ExtendedOptions() {}

    /** Throws NoClassDefFoundError, with nothing added, where the module is missing. */
    static void add(List<OptionTable.Row> rows) {
        rows.add(OptionTable.tcp(ExtendedSocketOptions.TCP_KEEPIDLE, Options.TCP_KEEPIDLE,
                OptionTable.keepAliveSeconds()));
        rows.add(OptionTable.tcp(ExtendedSocketOptions.TCP_KEEPINTERVAL, Options.TCP_KEEPINTVL,
                OptionTable.keepAliveSeconds()));
        rows.add(OptionTable.tcp(ExtendedSocketOptions.TCP_KEEPCOUNT, Options.TCP_KEEPCNT,
                OptionTable.keepAliveProbes()));
        rows.add(OptionTable.tcp(ExtendedSocketOptions.TCP_QUICKACK, Options.TCP_QUICKACK, OptionForm.flag()));
        rows.add(OptionTable.ip(ExtendedSocketOptions.IP_DONTFRAGMENT, SocketKind::isInetDatagram,
                Options.IP_MTU_DISCOVER, Options.IPV6_MTU_DISCOVER, OptionForm.dontFragment()));
        rows.add(OptionTable.socket(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, SocketKind::isInet,
                Options.SO_INCOMING_NAPI_ID, OptionForm.readOnlyInteger()));
        rows.add(OptionTable.socket(ExtendedSocketOptions.SO_PEERCRED, SocketKind::isUnix, Options.SO_PEERCRED,
                principal()));
    }

    /** The peer of a Unix socket by its names, equal to what the JDK's own channels say. */
    private static OptionForm principal() {
        return new OptionForm.ReadOnly(Options.CREDENTIALS_SIZE) {
            @Override
            public Object read(ByteBuffer struct, int length) throws IOException {
                int uid = struct.getInt(Options.CREDENTIALS_UID);
                if (uid == -1) {
                    throw new SocketException(ExtendedSocketOptions.SO_PEERCRED.name() + ": not connected");
                }
                UserPrincipalLookupService names = FileSystems.getDefault().getUserPrincipalLookupService();
                return new UnixDomainPrincipal(names.lookupPrincipalByName(Options.userName(uid)),
                        names.lookupPrincipalByGroupName(
                                Options.groupName(struct.getInt(Options.CREDENTIALS_GID))));
            }
        };
    }
}
