package io.stepoll.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The server's name in the first message of a client; see RFC 8446, section 4.1.2, and RFC 6066, section 3. An
 * {@code SSLEngine} tells the name only when its context is chosen already.
 */
final class ClientHello {
    private static final int HANDSHAKE_RECORD = 22;
    private static final int RECORD_HEADER = 5;
    private static final int CLIENT_HELLO = 1;
    private static final int MESSAGE_HEADER = 4;
    private static final int VERSION_AND_RANDOM = 2 + 32;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    /** A longer message is the engine's to refuse. */
    private static final int LONGEST = 32 * 1024;

    private ClientHello() {}

    /** Whether the whole message has come, or bytes that are no such message. The buffer stays as it is. */
    static boolean isComplete(ByteBuffer received) {
        return message(received) != null;
    }

    /** {@return the name that the client asks for; null if it names none, or if this is no message of a client} */
    static @Nullable String serverName(ByteBuffer received) {
        try {
            ByteBuffer message = message(received);
            return message == null ? null : nameIn(message);
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return null; // a malformed message, which the engine refuses
        }
    }

    /** The message without its header, of one record or several; empty if it is none, null if not all is there. */
    private static @Nullable ByteBuffer message(ByteBuffer received) {
        ByteBuffer rest = received.duplicate();
        ByteBuffer message = ByteBuffer.allocate(received.remaining());
        while (rest.remaining() >= RECORD_HEADER) {
            int type = rest.get();
            rest.getShort(); // the version
            int length = Short.toUnsignedInt(rest.getShort());
            if (type != HANDSHAKE_RECORD || length == 0) {
                return ByteBuffer.allocate(0);
            }
            int part = Math.min(length, rest.remaining());
            message.put(rest.slice(rest.position(), part));
            rest.position(rest.position() + part);
            if (message.position() >= MESSAGE_HEADER) {
                int whole = message.getInt(0) & 0xFF_FFFF;
                if (message.get(0) != CLIENT_HELLO || whole > LONGEST) {
                    return ByteBuffer.allocate(0);
                }
                if (message.position() >= MESSAGE_HEADER + whole) {
                    return message.slice(MESSAGE_HEADER, whole);
                }
            }
        }
        boolean isOther = rest.hasRemaining() && rest.get(rest.position()) != HANDSHAKE_RECORD;
        return isOther ? ByteBuffer.allocate(0) : null;
    }

    private static @Nullable String nameIn(ByteBuffer message) {
        if (!message.hasRemaining()) {
            return null;
        }
        skip(message, VERSION_AND_RANDOM);
        skip(message, Byte.toUnsignedInt(message.get())); // session
        skip(message, Short.toUnsignedInt(message.getShort())); // cipher suites
        skip(message, Byte.toUnsignedInt(message.get())); // compressions
        if (!message.hasRemaining()) {
            return null;
        }
        message.getShort(); // the length of all extensions
        while (message.hasRemaining()) {
            int type = message.getShort();
            ByteBuffer extension = take(message, Short.toUnsignedInt(message.getShort()));
            if (type == SERVER_NAME) {
                return hostName(extension);
            }
        }
        return null;
    }

    private static @Nullable String hostName(ByteBuffer extension) {
        ByteBuffer names = take(extension, Short.toUnsignedInt(extension.getShort()));
        while (names.hasRemaining()) {
            int type = names.get();
            ByteBuffer name = take(names, Short.toUnsignedInt(names.getShort()));
            if (type == HOST_NAME) {
                return StandardCharsets.US_ASCII.decode(name).toString();
            }
        }
        return null;
    }

    private static void skip(ByteBuffer message, int count) {
        message.position(message.position() + count);
    }

    private static ByteBuffer take(ByteBuffer message, int count) {
        ByteBuffer part = message.slice(message.position(), count);
        skip(message, count);
        return part;
    }
}
