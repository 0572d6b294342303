package io.stepoll.internal.sys;

/** The errno numbers that the library acts on (C asserts each), and the name and text of any number. See errno(3). */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EEXIST = 17;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int EPIPE = 32;
    public static final int ENOSYS = 38;
    public static final int ENONET = 64;
    public static final int EPROTO = 71;
    public static final int ENOTSOCK = 88;
    public static final int EMSGSIZE = 90;
    public static final int ENOPROTOOPT = 92;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ENOTCONN = 107;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTDOWN = 112;
    public static final int EHOSTUNREACH = 113;
    public static final int EINPROGRESS = 115;

    private static final int LONGEST_TEXT = 256;

    static {
        Shim.load();
    }

    private Errno() {}

    private static native int name(int number, long address, int capacity);

    private static native int text(int number, long address, int capacity);

    /** The symbol, {@code ECONNRESET} for instance; {@code errno 9999} for a number without a symbol. */
    public static String name(int number) {
        try (Scratch scratch = new Scratch(LONGEST_TEXT)) {
            int length = name(number, scratch.address(), LONGEST_TEXT);
            return length == 0 ? "errno " + number : scratch.text(length);
        }
    }

    /** The C library's text for the number; see strerror(3). */
    public static String text(int number) {
        try (Scratch scratch = new Scratch(LONGEST_TEXT)) {
            return scratch.text(text(number, scratch.address(), LONGEST_TEXT));
        }
    }
}
