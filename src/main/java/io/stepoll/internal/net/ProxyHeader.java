package io.stepoll.internal.net;

import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A header of the PROXY protocol, by which a balancer says whose connection it passes on. Version 1 is a line of text,
 * version 2 is binary: 12 bytes of signature, one of version and command, one of family and transport, the length of
 * the rest, two addresses, and additions (type, length, value).
 *
 * @param client whose connection it is; null if the balancer does not say, or speaks for itself
 * @param destination what the client has connected to; null as there
 */
record ProxyHeader(RawAddress client, RawAddress destination) {
    /** What the first bytes of a connection are. */
    enum Sort {
        TEXT,
        BINARY,
        /** No header: the payload begins at once. */
        NEITHER,
        /** More bytes are needed to say. */
        UNDECIDED
    }

    /** The longest line of version 1, its end included. */
    static final int LONGEST_LINE = 107;

    /** The part of a binary header that says how long the rest is. */
    static final int BINARY_BEGIN = 16;

    private static final byte[] TEXT_SIGNATURE = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BINARY_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII);

    private static final ProxyHeader OF_THE_BALANCER = new ProxyHeader(null, null);

    private static final Pattern LINE = Pattern.compile("PROXY TCP([46]) (\\S+) (\\S+) (\\d{1,5}) (\\d{1,5})");
    private static final Pattern IPV4 = Pattern.compile("(?:(?:0|[1-9]\\d{0,2})(?:\\.(?=\\d)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

    /* Version 2. */
    private static final int VERSION_AND_COMMAND = 12;
    private static final int FAMILY = 13;
    private static final int LENGTH = 14;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int UNSPECIFIED = 0x00;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int UDP_OVER_IPV4 = 0x12;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int UDP_OVER_IPV6 = 0x22;
    private static final int UNIX_STREAM = 0x31;
    private static final int UNIX_DATAGRAM = 0x32;
    private static final int IPV4_LENGTH = 4;
    private static final int IPV6_LENGTH = 16;
    private static final int UNIX_LENGTH = 108;
    private static final int ADDITION_BEGIN = 3;
    private static final int CHECKSUM = 0x03;
    private static final int LARGEST_PORT = 0xffff;

    /** What the remaining bytes of a buffer, the first of a connection, are. */
    static Sort sort(ByteBuffer first) {
        if (first.remaining() >= BINARY_BEGIN && begins(first, BINARY_SIGNATURE)) {
            return Sort.BINARY;
        }
        if (first.remaining() >= TEXT_SIGNATURE.length && begins(first, TEXT_SIGNATURE)) {
            return Sort.TEXT;
        }
        return begins(first, BINARY_SIGNATURE) || begins(first, TEXT_SIGNATURE) ? Sort.UNDECIDED : Sort.NEITHER;
    }

    /** Whether bytes are those of a signature, as far as they go. */
    private static boolean begins(ByteBuffer bytes, byte[] signature) {
        int length = Math.min(bytes.remaining(), signature.length);
        for (int i = 0; i < length; i++) {
            if (bytes.get(bytes.position() + i) != signature[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * How long a header in text is, of which these are the first bytes; 0 if its end is not there yet.
     *
     * @throws ProtocolException if it is too long, or its end is wrong
     */
    static int lineLength(ByteBuffer first) throws ProtocolException {
        for (int i = 0; i < first.remaining(); i++) {
            byte next = first.get(first.position() + i);
            if (next == '\n') {
                if (first.get(first.position() + i - 1) != '\r') {
                    throw new ProtocolException("its line has no carriage return");
                }
                return i + 1;
            }
        }
        if (first.remaining() >= LONGEST_LINE) {
            throw new ProtocolException("its line is longer than " + LONGEST_LINE + " bytes");
        }
        return 0;
    }

    /** Reads a line with its end. */
    static ProxyHeader ofLine(byte[] bytes) throws ProtocolException {
        String line = new String(bytes, 0, bytes.length - 2, StandardCharsets.ISO_8859_1);
        if (line.equals("PROXY UNKNOWN") || line.startsWith("PROXY UNKNOWN ")) {
            return OF_THE_BALANCER;
        }
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new ProtocolException("its line is malformed");
        }
        boolean six = parts.group(1).equals("6");
        return new ProxyHeader(address(six, parts.group(2), parts.group(4)),
                address(six, parts.group(3), parts.group(5)));
    }

    private static RawAddress address(boolean six, String host, String port) throws ProtocolException {
        int number = Integer.parseInt(port);
        if (number > LARGEST_PORT || port.length() > 1 && port.startsWith("0")) {
            throw new ProtocolException("it has a malformed port");
        }
        if ((six ? IPV6 : IPV4).matcher(host).matches()) {
            try {
                byte[] ip = InetAddress.ofLiteral(host).getAddress();
                if (six) {
                    return new RawAddress(Sockets.AF_INET6, ip.length == IPV4_LENGTH ? AddressCodec.mapped(ip) : ip,
                            number, 0);
                }
                return new RawAddress(Sockets.AF_INET, ip, number, 0);
            } catch (IllegalArgumentException e) {
                // It is malformed, see below.
            }
        }
        throw new ProtocolException("it has a malformed address");
    }

    /**
     * How many bytes follow the begin of a binary header: at most 65535, which the length cannot exceed.
     *
     * @throws ProtocolException if the version or the command is unknown
     */
    static int restLength(byte[] begin) throws ProtocolException {
        if (begin[VERSION_AND_COMMAND] != LOCAL && begin[VERSION_AND_COMMAND] != PROXY) {
            throw new ProtocolException("its version and command are "
                    + Integer.toHexString(begin[VERSION_AND_COMMAND] & 0xff));
        }
        return unsignedShort(begin, LENGTH);
    }

    /** Reads a whole binary header, whose begin is right. */
    static ProxyHeader ofBinary(byte[] header) throws ProtocolException {
        if (header[VERSION_AND_COMMAND] == LOCAL) {
            return OF_THE_BALANCER; // whatever else is there is to be ignored
        }
        int family = header[FAMILY] & 0xff;
        return switch (family) {
            case UNSPECIFIED -> OF_THE_BALANCER;
            case TCP_OVER_IPV4, UDP_OVER_IPV4 -> ofInet(header, Sockets.AF_INET, IPV4_LENGTH);
            case TCP_OVER_IPV6, UDP_OVER_IPV6 -> ofInet(header, Sockets.AF_INET6, IPV6_LENGTH);
            case UNIX_STREAM, UNIX_DATAGRAM -> {
                checkAdditions(header, BINARY_BEGIN + 2 * UNIX_LENGTH);
                yield new ProxyHeader(unix(header, BINARY_BEGIN), unix(header, BINARY_BEGIN + UNIX_LENGTH));
            }
            default -> throw new ProtocolException("its family is " + Integer.toHexString(family));
        };
    }

    private static ProxyHeader ofInet(byte[] header, int family, int length) throws ProtocolException {
        int ports = BINARY_BEGIN + 2 * length;
        checkAdditions(header, ports + 2 * Short.BYTES);
        return new ProxyHeader(
                new RawAddress(family, Arrays.copyOfRange(header, BINARY_BEGIN, BINARY_BEGIN + length),
                        unsignedShort(header, ports), 0),
                new RawAddress(family, Arrays.copyOfRange(header, BINARY_BEGIN + length, ports),
                        unsignedShort(header, ports + Short.BYTES), 0));
    }

    private static int unsignedShort(byte[] bytes, int offset) {
        return (bytes[offset] & 0xff) << Byte.SIZE | bytes[offset + 1] & 0xff;
    }

    /** A path ends at its first zero, an abstract name begins with one and is padded with zeros. */
    private static RawAddress unix(byte[] header, int offset) {
        int end = offset + UNIX_LENGTH;
        boolean isAbstract = header[offset] == 0;
        int length = 0;
        for (int i = offset; i < end && (isAbstract || header[i] != 0); i++) {
            length = header[i] != 0 ? i - offset + 1 : length;
        }
        return new RawAddress(Sockets.AF_UNIX, Arrays.copyOfRange(header, offset, offset + length), 0, 0);
    }

    /** Passes over the additions, which begin here, and checks the checksum if there is one among them. */
    private static void checkAdditions(byte[] header, int begin) throws ProtocolException {
        if (begin > header.length) {
            throw new ProtocolException("it is too short for its addresses");
        }
        for (int next = begin; next < header.length;) {
            int value = next + ADDITION_BEGIN;
            int end = value > header.length ? Integer.MAX_VALUE : value + unsignedShort(header, next + 1);
            if (end > header.length) {
                throw new ProtocolException("an addition is longer than it");
            }
            if (header[next] == CHECKSUM) {
                checkChecksum(header, value, end - value);
            }
            next = end;
        }
    }

    /** CRC32C of the header, in which the checksum itself counts as zeros. */
    private static void checkChecksum(byte[] header, int offset, int length) throws ProtocolException {
        if (length != Integer.BYTES) {
            throw new ProtocolException("its checksum has " + length + " bytes");
        }
        CRC32C sum = new CRC32C();
        sum.update(header, 0, offset);
        sum.update(new byte[Integer.BYTES]);
        sum.update(header, offset + length, header.length - offset - length);
        if ((int) sum.getValue() != ByteBuffer.wrap(header).getInt(offset)) {
            throw new ProtocolException("its checksum is wrong");
        }
    }
}
