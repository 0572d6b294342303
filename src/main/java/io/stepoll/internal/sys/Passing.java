package io.stepoll.internal.sys;

/** Passes descriptors over Unix sockets (SCM_RIGHTS), one native method per system call. */
public final class Passing {
    /** How many descriptors one message can carry: the kernel's SCM_MAX_FD. */
    public static final int MOST = 253;

    /** A bit in the count of received descriptors: more descriptors came, and are lost. */
    public static final int CUT_OFF = 0x1000;

    /** A bit in the count of received descriptors: control data of some kind came along, taken or not. */
    public static final int CONTROL = 0x2000;

    static {
        Shim.load();
    }

    private Passing() {}

    /** sendmsg(2) of bytes. The descriptors, {@code count} ints at their address, go with the first byte. */
    public static native int send(int fd, long address, int length, long descriptors, int count);

    /**
     * recvmsg(2). The descriptors that come are close-on-exec.
     *
     * @param flags as for recvmsg(2)
     * @param descriptors the address for the descriptors, with room for {@link #MOST} ints; 0 to take none
     * @return the number of bytes in the low half; in the high half the number of descriptors, with the bits
     *     {@link #CUT_OFF} and {@link #CONTROL}; or {@code -errno}
     */
    public static native long recv(int fd, long address, int length, int flags, long descriptors);
}
