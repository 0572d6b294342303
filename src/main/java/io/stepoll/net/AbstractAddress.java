package io.stepoll.net;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A name in Linux's abstract namespace of Unix sockets, which the JDK has no type for: no file stands for it, and it
 * is free again when its socket is closed. See unix(7).
 */
public final class AbstractAddress extends SocketAddress {
    private static final long serialVersionUID = 1;

    /** Without the leading zero. */
    private final byte[] name;

    private AbstractAddress(byte[] name) {
        this.name = name;
    }

    /**
     * The address of a name.
     *
     * @param name the name, which goes as UTF-8, without a leading {@code @}
     * @return the address; whether it is too long is seen when it is used
     */
    public static AbstractAddress of(String name) {
        return of(name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The address of a name that is no text.
     *
     * @param name the bytes, any, without the leading zero
     * @return the address
     */
    public static AbstractAddress of(byte[] name) {
        return new AbstractAddress(name.clone());
    }

    /**
     * The name's bytes.
     *
     * @return a copy, without the leading zero
     */
    public byte[] name() {
        return name.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AbstractAddress that && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    @Override
    public String toString() {
        return "@" + new String(name, StandardCharsets.UTF_8);
    }
}
