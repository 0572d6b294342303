package io.stepoll.internal.sys;

/** Descriptors as messages on Unix sockets (SCM_RIGHTS), one native method per system call. */
public final class Passing {
    /** How many descriptors one message can have; the kernel's SCM_MAX_FD. */
    public static final int MOST = 253;

    /** Set in the count of what was received: more came, and are lost. */
    public static final int CUT_OFF = 0x1000;

    /** Set in the count of what was received: control data of some kind came along, taken or not. */
    public static final int CONTROL = 0x2000;

    static {
        Shim.load();
    }

    private Passing() {}

    /** sendmsg(2) of bytes, and with the first of them so many ints at an address; or {@code -errno}. */
    public static native int send(int fd, long address, int length, long descriptors, int count);

    /**
     * recvmsg(2): the bytes in the low half, in the high half how many descriptors came, close-on-exec, to the address,
     * where there is room for {@link #MOST}, with {@link #CUT_OFF} and {@link #CONTROL}; or {@code -errno}.
     *
     * @param flags as for recvmsg(2)
     * @param descriptors 0 to take none
     */
    public static native long recv(int fd, long address, int length, int flags, long descriptors);
}
