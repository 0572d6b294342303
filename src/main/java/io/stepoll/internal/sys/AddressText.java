package io.stepoll.internal.sys;

/** Describes a descriptor in messages. */
public final class AddressText {
    private AddressText() {}

    /** The address of the peer, or the descriptor's own address if there is no peer, and the descriptor's number. */
    public static String of(int fd) {
        String number = "descriptor " + fd;
        RawAddress peer = RawAddress.peer(fd);
        if (peer != null && !isUnnamed(peer)) {
            return text(fd, peer) + " (" + number + ")";
        }
        RawAddress local = RawAddress.local(fd);
        return local == null || isUnnamed(local) ? number : text(fd, local) + " (" + number + ")";
    }

    /** Whether a text of this class is about that descriptor. */
    public static boolean isOf(int fd, String text) {
        String number = "descriptor " + fd;
        return text.equals(number) || text.endsWith("(" + number + ")");
    }

    /** The address of a peer that is known, and the descriptor's number. */
    public static String of(int fd, RawAddress peer) {
        return peer.toText() + " (descriptor " + fd + ")";
    }

    private static String text(int fd, RawAddress address) {
        boolean datagrams = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE) == Sockets.SOCK_DGRAM;
        return datagrams ? address.toText("udp") : address.toText();
    }

    private static boolean isUnnamed(RawAddress address) {
        return address.family() == Sockets.AF_UNIX && address.bytes().length == 0;
    }
}
