package io.stepoll.net;

import io.stepoll.internal.net.AddressCodec;
import java.net.SocketAddress;
import java.util.Arrays;

/**
 * The path of a Unix socket that {@link java.net.UnixDomainSocketAddress} cannot have, because its bytes are no text in
 * the encoding of file names, the system property {@code sun.jnu.encoding}. Without a locale (LANG unset) these are all
 * paths that are not ASCII. A peer may have such a path, and the address leads back to the peer. See unix(7).
 *
 * <p>{@link Addresses#ofPath} makes the address of any path.
 *
 * @since 0.1.0
 */
public final class PathAddress extends SocketAddress {
    private static final long serialVersionUID = 1;

    /** As the kernel has it, without a zero at the end. */
    private final byte[] path;

    PathAddress(byte[] path) {
        this.path = path;
    }

    /** {@return a copy of the bytes of the path} */
    public byte[] path() {
        return path.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathAddress that && Arrays.equals(path, that.path);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(path);
    }

    /** {@return the path, with its bytes escaped as in {@link Addresses#format}} */
    @Override
    public String toString() {
        return AddressCodec.pathText(path);
    }
}
