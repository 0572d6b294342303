package io.stepoll.net;

import io.stepoll.internal.net.AddressCodec;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A name in Linux's abstract namespace of Unix sockets, which the JDK has no type for. No file stands for the name, and
 * the name is free again when its socket is closed. See unix(7).
 *
 * @since 0.1.0
 */
public final class AbstractAddress extends SocketAddress {
    private static final long serialVersionUID = 1;

    /** Without the leading zero. */
    private final byte[] name;

    private AbstractAddress(byte[] name) {
        this.name = name;
    }

    /**
     * Makes the address of a name.
     *
     * @param name the name, without a leading {@code @}; it is encoded in UTF-8
     * @return the address. A name that is too long is refused when the address is used.
     */
    public static AbstractAddress of(String name) {
        return of(name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes the address of a name that is no text.
     *
     * @param name any bytes, without the leading zero
     * @return the address
     */
    public static AbstractAddress of(byte[] name) {
        return new AbstractAddress(name.clone());
    }

    /** {@return a copy of the bytes of the name, without the leading zero} */
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

    /** {@return the name after an {@code @}, with its bytes escaped as in {@link Addresses#format}} */
    @Override
    public String toString() {
        return "@" + AddressCodec.nameText(name);
    }
}
