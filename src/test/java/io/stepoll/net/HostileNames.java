package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.Libc;
import io.stepoll.support.Programs;
import io.stepoll.support.RawSockets;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Peers with names of any bytes, at sockets of each kind. For a JVM of its own, whose locale decides which names have
 * an address of the JDK's. Prints a line for each thing that is not as it should be, and "done".
 */
public final class HostileNames {
    private static final int STORAGE = Sockets.STORAGE_SIZE;
    private static final int MOST_REPORTED = 20;

    private final EventLoop loop;
    private final String folder;
    private int broken;

    private HostileNames(EventLoop loop, String folder) {
        this.loop = loop;
        this.folder = folder;
    }

    /** Takes a folder with a short name. */
    public static void main(String[] arguments) throws Exception {
        EventLoop.open().close();
        System.out.println("encoding " + System.getProperty("sun.jnu.encoding"));
        DescriptorLeaks.Snapshot before = null;
        try (EventLoop loop = EventLoop.open()) {
            HostileNames subject = new HostileNames(loop, arguments[0]);
            for (int round = 0; round < 2; round++) {
                subject.tryAll(round);
                if (round == 0) {
                    before = DescriptorLeaks.open(); // by now the JVM has opened what it keeps
                }
            }
            if (Programs.has("python3")) {
                subject.peersOfPython();
            }
            subject.check("no descriptor is left", DescriptorLeaks.leftSince(before).isEmpty());
        }
        System.out.println("done");
    }

    private void tryAll(int round) throws Exception {
        int count = 0;
        for (Map.Entry<String, byte[]> name : names().entrySet()) {
            for (boolean isAbstract : new boolean[] {false, true}) {
                byte[] prefix = (isAbstract ? "\0" : "").concat(folder + "/" + round + count++)
                        .getBytes(StandardCharsets.US_ASCII);
                tryName(name.getKey() + (isAbstract ? ", abstract" : ""), joined(prefix, name.getValue(), isAbstract));
            }
        }
    }

    private static Map<String, byte[]> names() {
        Map<String, byte[]> names = new LinkedHashMap<>();
        names.put("plain", bytes("plain"));
        names.put("UTF-8", bytes("\u00fc\u20ac\ud83d\ude00"));
        names.put("Latin-1", new byte[] {(byte) 0xfc});
        names.put("no text", new byte[] {(byte) 0xff, (byte) 0xfe, 'x', (byte) 0xc3});
        names.put("overlong", new byte[] {(byte) 0xc0, (byte) 0xaf, (byte) 0xed, (byte) 0xa0, (byte) 0x80});
        names.put("replacement character", bytes("\ufffd"));
        names.put("lines", bytes("\n2026-01-01 ERROR\r\n\u2028\u2029\u0085"));
        names.put("terminal", bytes("\033[31m\033]0;title\007\b\177\u009b31m"));
        names.put("right to left", bytes("\u202e\u2066\u200f\u061c"));
        names.put("invisible", bytes("\u200b\ufeff\u00ad\u2060\u3164\ufe0f\u00a0\u2800\udb40\udc41"));
        names.put("backslashes", bytes("\\x41\\\\n\\"));
        names.put("quotes", bytes("\"' , (descriptor 7)"));
        names.put("longest", bytes("x".repeat(200)));
        byte[] longest = new byte[200];
        Arrays.fill(longest, (byte) 0xff);
        names.put("longest, no text", longest);
        byte[] all = new byte[64];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 4 + 1);
        }
        names.put("all sorts", all);
        return names;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The two, cut to what sun_path takes without a zero at its end. A path has neither a slash nor a zero. */
    private static byte[] joined(byte[] prefix, byte[] name, boolean isAbstract) {
        byte[] all = Arrays.copyOf(prefix, Math.min(Sockets.UNIX_PATH_SIZE, prefix.length + name.length));
        for (int i = prefix.length; i < all.length; i++) {
            byte next = name[i - prefix.length];
            all[i] = !isAbstract && (next == 0 || next == '/') ? (byte) '_' : next;
        }
        return all;
    }

    private void tryName(String what, byte[] sunPath) {
        RawAddress raw = new RawAddress(Sockets.AF_UNIX, sunPath, 0, 0);
        try {
            datagramsOf(what, raw);
            connectionsOf(what, raw);
            connectionsTo(what, raw);
            ownNames(what, raw);
        } catch (Exception | AssertionError e) {
            report(what + ": " + e);
            e.printStackTrace();
        }
    }

    private void check(String what, boolean right) {
        if (!right) {
            report(what);
        }
    }

    private void report(String what) {
        broken++;
        if (broken <= MOST_REPORTED) {
            System.out.println("wrong: " + what);
        }
    }

    /** Text for a log: on one line, and each character shows what it is. */
    private void checkText(String what, Object text) {
        String shown = text.toString();
        check(what + ": " + shown, shown.codePoints().allMatch(c -> switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> c != 0x3164 && c != 0xfe0f && c != 0x2800;
        }));
    }

    private void checkAddress(String what, SocketAddress address, SocketAddress again) {
        check(what + " is an address", address != null);
        check(what + " equals itself", address.equals(again) && address.hashCode() == again.hashCode());
        String text = Addresses.format(address);
        checkText(what, text);
        check(what + " is read as it is written: " + text, Addresses.parse(text).equals(address));
        if (!(address instanceof UnixDomainSocketAddress)) {
            checkText(what + " as text", address);
        }
    }

    private static void sendTo(int fd, RawAddress target, int count) {
        try (Scratch memory = new Scratch(STORAGE)) {
            RawSockets.check(Sockets.connect(fd, memory.address(), target.write(memory)));
        }
        for (int i = 0; i < count; i++) {
            RawSockets.check(RawSockets.send(fd, 2));
        }
    }

    private static void unlink(RawAddress raw) {
        if (raw.bytes()[0] != 0) {
            Libc.unlink(raw.bytes());
        }
    }

    private static String python(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3", "-c", script));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        process.waitFor(60, TimeUnit.SECONDS);
        return output;
    }

    private RawAddress place() {
        return RawSockets.freshAddress();
    }

    private static SocketAddress address(RawAddress place) {
        return AbstractAddress.of(Arrays.copyOfRange(place.bytes(), 1, place.bytes().length));
    }

    /** Datagrams of the peer are received in each way, and answered. */
    private void datagramsOf(String what, RawAddress raw) throws Exception {
        RawAddress place = place();
        int peer = RawSockets.bound(raw, Sockets.SOCK_DGRAM);
        try (DatagramEndpoint endpoint = DatagramEndpoint.bind(loop, address(place))) {
            sendTo(peer, place, 5);
            ByteBuffer buffer = ByteBuffer.allocate(10);
            TaskResults.of(loop, loop.spawn(() -> {
                SocketAddress sender = endpoint.receive(buffer);
                checkAddress(what, sender, endpoint.receive(buffer.clear()));
                endpoint.send(ByteBuffer.allocate(5), sender);
                check(what + ": reply", RawSockets.recv(peer) == 5);
                try {
                    endpoint.receive(ByteBuffer.allocate(1));
                    report(what + ": not truncated");
                } catch (TruncatedDatagramException e) {
                    checkText(what, e.getMessage());
                    checkText(what, e);
                    check(what + ": sender", e.sender().equals(sender));
                }
                DatagramBatch batch = new DatagramBatch(2, 10);
                DatagramBatch answers = new DatagramBatch(2, 10);
                check(what + ": batch", endpoint.receiveBatch(batch) == 2);
                check(what + ": sender in a batch", batch.address(0).equals(sender));
                answers.data(answers.replyTo(batch, 0)).putInt(1).flip();
                answers.data(answers.add()).putLong(2).flip();
                answers.address(1, sender);
                endpoint.sendBatch(answers);
                check(what + ": first of a batch", RawSockets.recv(peer) == 4);
                check(what + ": second of a batch", RawSockets.recv(peer) == 8);
                endpoint.connect(sender);
                checkAddress(what + ": remoteAddress", endpoint.remoteAddress(), sender);
                checkText(what, endpoint.toString());
                Descriptors.close(peer);
                try {
                    endpoint.send(ByteBuffer.allocate(1), sender);
                    report(what + ": sent to nobody");
                } catch (IOException e) {
                    checkText(what, e);
                }
                return null;
            }));
        } finally {
            unlink(raw);
        }
    }

    /** The peer connects to a listener. */
    private void connectionsOf(String what, RawAddress raw) throws Exception {
        RawAddress place = place();
        int peer = RawSockets.bound(raw, Sockets.SOCK_STREAM);
        try (Listener listener = Listener.bind(loop, address(place))) {
            sendTo(peer, place, 1);
            TaskResults.of(loop, loop.spawn(() -> {
                try (StreamSocket socket = listener.accept()) {
                    checkAddress(what + ": remoteAddress", socket.remoteAddress(), socket.remoteAddress());
                    checkText(what, socket);
                    Descriptors.close(peer);
                    socket.read(ByteBuffer.allocate(10));
                    try {
                        socket.write(ByteBuffer.allocate(1));
                        report(what + ": written to nobody");
                    } catch (IOException e) {
                        checkText(what, e);
                    }
                }
                return null;
            }));
        } finally {
            unlink(raw);
        }
    }

    /** The peer listens, and its address is found out from a socket that is connected to it. */
    private void connectionsTo(String what, RawAddress raw) throws Exception {
        int peer = RawSockets.bound(raw, Sockets.SOCK_STREAM);
        RawSockets.check(Sockets.listen(peer, 9));
        int first = RawSockets.connect(raw);
        try (StreamSocket known = StreamSocket.own(loop, first)) {
            SocketAddress address = known.remoteAddress();
            TaskResults.of(loop, loop.spawn(() -> {
                try (StreamSocket socket = StreamSocket.connect(loop, address)) {
                    checkAddress(what + ": connected", socket.remoteAddress(), address);
                }
                Descriptors.close(peer);
                try {
                    StreamSocket.connect(loop, address).close();
                    report(what + ": connected to nobody");
                } catch (IOException e) {
                    checkText(what, e);
                }
                return null;
            }));
        } finally {
            unlink(raw);
        }
    }

    /** This library's own sockets have such a name. */
    private void ownNames(String what, RawAddress raw) throws Exception {
        int former = RawSockets.bound(raw, Sockets.SOCK_DGRAM);
        Descriptor adopted = loop.adopt(former);
        SocketAddress address = Addresses.CODEC.local(adopted);
        adopted.close();
        unlink(raw);
        try (Listener listener = Listener.bind(loop, address)) {
            checkAddress(what + ": localAddress", listener.localAddress(), address);
            checkText(what, listener);
            int peer = RawSockets.connect(raw);
            TaskResults.of(loop, loop.spawn(() -> {
                listener.accept().close();
                return null;
            }));
            Descriptors.close(peer);
            try {
                Listener.bind(loop, address).close();
                report(what + ": bound twice");
            } catch (IOException e) {
                checkText(what, e);
            }
        } finally {
            unlink(raw);
        }
    }

    /** A peer that shares no code with this library: it asks from a name of any bytes, and waits for the answer. */
    private void peersOfPython() throws Exception {
        try (DatagramEndpoint endpoint = DatagramEndpoint.bind(loop, Addresses.parse("unix:" + folder + "/server"))) {
            loop.spawn(() -> {
                ByteBuffer buffer = ByteBuffer.allocate(100);
                for (int i = 0; i < 2; i++) {
                    SocketAddress sender = endpoint.receive(buffer.clear());
                    endpoint.send(buffer.flip(), sender);
                }
                return null;
            });
            String answers = TaskResults.of(loop, loop.spawn(() -> loop.offload(() -> python("""
                    import os, socket, sys
                    folder = sys.argv[1].encode()
                    for name in (folder + b'/p\\xff\\n', b'\\0' + folder + b'\\xff\\0\\n'):
                        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                        s.settimeout(30)
                        s.bind(name)
                        s.sendto(b'hello', folder + b'/server')
                        print(s.recv(100))
                        name[0] and os.unlink(name)
                    """, folder))));
            check("answers to python: " + answers, answers.equals("b'hello'\nb'hello'\n"));
        } finally {
            Libc.unlink(bytes(folder + "/server"));
        }
    }
}
