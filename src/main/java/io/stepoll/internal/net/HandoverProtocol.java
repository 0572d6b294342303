package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.EscapedName;
import io.stepoll.internal.sys.Passing;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** The messages of a handover: lines of ASCII on a Unix stream socket, the first with the listening sockets. */
public final class HandoverProtocol {
    /** How long each side waits for the other one. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** One message takes no more. */
    public static final int MOST_LISTENERS = Passing.MOST;

    private static final String GREETING = "stepoll 1 ";
    private static final String LISTENING = "LISTENING";
    private static final String STOPPED = "STOPPED";
    private static final String FILES = " files ";
    private static final int HEX = 16;
    private static final int LONGEST_LINE = 128;

    private static final LinuxOption<Integer> PEER_USER =
            LinuxOption.peerCredentials(Integer.class, (pid, uid, gid) -> uid);

    private HandoverProtocol() {}

    /** Whether a connect has failed because no process offers anything. */
    public static boolean isNobodyThere(IOException failure) {
        return failure instanceof SystemCallFailure call
                && (call.errno() == Errno.ECONNREFUSED || call.errno() == Errno.ENOENT);
    }

    /**
     * Throws unless the process at the other end is this user's, or root's. This user is the peer of a socket whose two
     * ends are both here.
     */
    public static void checkPeer(EventLoop loop, Descriptor socket) throws IOException {
        int peer = SocketOptions.get(socket, PEER_USER);
        Descriptor[] pair = NewSockets.pair(loop, SocketType.STREAM);
        try (Descriptor one = pair[0]; Descriptor _ = pair[1]) {
            if (peer != 0 && peer != SocketOptions.get(one, PEER_USER)) {
                throw new IOException("listeners are not handed over between users; there is user " + peer
                        + " at the other end of " + socket);
            }
        }
    }

    /** The former process sends its listening sockets, and says whose files go along. */
    public static void sendListeners(Descriptor successor, List<SharedListener> listeners) throws IOException {
        BigInteger files = BigInteger.ZERO;
        int[] numbers = new int[listeners.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = listeners.get(i).number();
            files = listeners.get(i).file() == null ? files : files.setBit(i);
        }
        String greeting = GREETING + numbers.length + (files.signum() == 0 ? "" : FILES + files.toString(HEX));
        DescriptorPassing.send(successor, line(greeting), numbers, EventLoop.NO_DEADLINE);
    }

    /**
     * The successor receives the numbers of the listening sockets.
     *
     * @return a bit for each listener whose file goes along
     */
    public static BigInteger receiveListeners(Descriptor former, Deque<Integer> passed) throws IOException {
        String greeting = receive(former, passed);
        String wanted = GREETING + passed.size();
        BigInteger files = BigInteger.ZERO;
        if (greeting.startsWith(wanted + FILES)) {
            try {
                files = new BigInteger(greeting.substring((wanted + FILES).length()), HEX);
            } catch (NumberFormatException e) {
                expect(wanted, greeting);
            }
        } else {
            expect(wanted, greeting);
        }
        return files;
    }

    /** The successor says that it accepts, and waits until the former process has stopped. */
    public static void listening(Descriptor former, Deque<Integer> passed) throws IOException {
        send(former, LISTENING);
        expect(STOPPED, receive(former, passed));
    }

    /** The former process waits until the successor accepts. A descriptor that the successor sends is closed. */
    public static void awaitListening(Descriptor successor) throws IOException {
        Deque<Integer> uncalledFor = new ArrayDeque<>();
        try {
            expect(LISTENING, receive(successor, uncalledFor));
        } finally {
            close(uncalledFor);
        }
    }

    /** The former process says that it has stopped. */
    public static void stopped(Descriptor successor) throws IOException {
        send(successor, STOPPED);
    }

    /** Closes descriptors that are on no loop, and forgets them. */
    public static void close(Deque<Integer> passed) {
        passed.forEach(fd -> LoopDescriptors.close(fd, true));
        passed.clear();
    }

    private static ByteBuffer line(String text) {
        return ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void send(Descriptor socket, String text) throws IOException {
        socket.write(line(text), PATIENCE);
    }

    /** Receives one line, and the descriptors that come along. */
    private static String receive(Descriptor socket, Deque<Integer> descriptors) throws IOException {
        long deadlineNanos = LoopDescriptor.of(socket).owner().deadlineNanos(PATIENCE);
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_LINE);
        while (bytes.position() == 0 || bytes.get(bytes.position() - 1) != '\n') {
            int count = bytes.hasRemaining()
                    ? DescriptorPassing.receive(socket, bytes, descriptors::add, deadlineNanos) : -1;
            if (count < 0) {
                throw new EOFException("the other side has broken off");
            }
        }
        // Escaped, as an exception shows a line that is not as it should be.
        return EscapedName.of(Arrays.copyOf(bytes.array(), bytes.position() - 1), StandardCharsets.US_ASCII);
    }

    private static void expect(String wanted, String line) throws IOException {
        if (!line.equals(wanted)) {
            throw new IOException("\"" + line + "\" came, and not \"" + wanted + "\"");
        }
    }
}
