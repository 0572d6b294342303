package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.stepoll.support.Seeds;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Addresses as text, changed at random. Each is refused with an IllegalArgumentException that has a reason, or is an
 * address; and that one reads the same when it is written. {@code -Dfuzz.rounds=N} goes on for longer.
 */
@Timeout(60)
class AddressTextFuzzTest {
    private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 20_000);
    private static final int MOST_CHANGES = 4;
    private static final int LONGEST_PIECE = 20;
    private static final String[] SEEDS = {"unix:@name", "unix:/run/x.sock", "unix:@\\x00\\xff", "unix:", "tcp:host:80",
            "tcp:127.0.0.1:8080", "tcp:[::1]:443", "tcp:[fe80::1%1]:1", "tcp:*:0", "tcp::65535", "udp:[::]:53",
            "tcp:[::ffff:1.2.3.4]:7", "udp:localhost:9", "tcp:1.2.3:4", "tcp:0x7f.1:1"};
    private static final String[] PIECES = {":", "[", "]", "@", "\\", "\\x", "%", "*", "/", "0", "65536", "-1", "+1",
            "4294967376", "::", ".", "unix:", "tcp:", "udp:", "\0", "\n", "\u00e9", "\ud83d", "\udc00", "\u0661", " "};

    private final SplittableRandom random = Seeds.random("AddressTextFuzzTest");

    private String any() {
        StringBuilder text = new StringBuilder(SEEDS[random.nextInt(SEEDS.length)]);
        for (int i = random.nextInt(MOST_CHANGES); i >= 0; i--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + random.nextInt(LONGEST_PIECE));
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, text.substring(at, to));
                case 2 -> text.insert(at, (char) random.nextInt(Character.MAX_VALUE + 1));
                default -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
            }
        }
        return text.toString();
    }

    private static SocketAddress orNull(Function<String, SocketAddress> parser, String text) {
        try {
            SocketAddress address = parser.apply(text);
            assertNotNull(address, text);
            return address;
        } catch (IllegalArgumentException e) {
            assertNotNull(e.getMessage(), text);
            return null;
        }
    }

    @Test
    void changedAddresses() {
        for (int i = 0; i < ROUNDS; i++) {
            String text = any();
            SocketAddress address = orNull(Addresses::parse, text);
            if (address != null) {
                checkReadsTheSame(address);
            }
            orNull(Addresses::parseDatagram, text);
        }
    }

    /** A Unix address may be longer than the kernel takes, which is refused where it is used, or written. */
    private static void checkReadsTheSame(SocketAddress address) {
        String written;
        try {
            written = Addresses.format(address);
        } catch (IllegalArgumentException e) {
            assertNotNull(e.getMessage());
            return;
        }
        SocketAddress again = Addresses.parse(written);
        if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
            assertEquals(inet.getPort(), ((InetSocketAddress) again).getPort());
            assertEquals(inet.getAddress(), ((InetSocketAddress) again).getAddress(), written);
        } else if (address instanceof UnixDomainSocketAddress unix) { // some bytes are known of the absolute path only
            assertEquals(unix.getPath().toAbsolutePath(),
                    ((UnixDomainSocketAddress) again).getPath().toAbsolutePath(), written);
        } else {
            assertEquals(address, again, written);
        }
    }
}
