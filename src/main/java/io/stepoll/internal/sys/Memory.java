package io.stepoll.internal.sys;

/** Memory from mmap(2), private and anonymous. */
public final class Memory {
    static {
        Shim.load();
    }

    private Memory() {}

    /** mmap(2). Returns the address of so many bytes, all zero, at the begin of a page; or {@code -errno}. */
    public static native long map(long bytes);

    /**
     * madvise(2) with MADV_DONTNEED: gives the memory back to the system, and keeps the addresses. The bytes are zero
     * afterwards. Returns 0, or {@code -errno}.
     */
    public static native int release(long address, long bytes);

    /** munmap(2). Returns 0, or {@code -errno}. */
    public static native int unmap(long address, long bytes);
}
