package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ways in of a read and of an accept that wait, as the stack of a waiting task shows them. */
@Timeout(60)
class JourneysTest {
    private static final int READ = 1; // the place of its journey in DESIGN.md
    private static final int ACCEPT = 2;

    @Test
    void aReadThatWaitsEntersNoClassTwice() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            Task<?> reader = loop.spawn(() -> pair[0].read(ByteBuffer.allocateDirect(1)));
            checkWayIn(loop, reader, READ);
        }
    }

    @Test
    void anAcceptThatWaitsEntersNoClassTwice() throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, Addresses.parse("unix:@journeys-" + System.nanoTime()))) {
            Task<?> accepting = loop.spawn(() -> {
                listener.accept();
            });
            checkWayIn(loop, accepting, ACCEPT);
        }
    }

    private static void checkWayIn(EventLoop loop, Task<?> task, int journey) throws Exception {
        loop.step(false);
        List<String> wayIn = wayIn(task);
        Set<String> entered = new HashSet<>();
        String current = null;
        for (String frame : wayIn) {
            String type = frame.substring(0, frame.lastIndexOf('.'));
            assertTrue(type.equals(current) || entered.add(type), () -> type + " is entered twice: " + wayIn);
            current = type;
        }
        List<String> page = DesignTest.journeys().get(journey).stream()
                .map(step -> step.replaceAll("(?s)^`([^`]*)`.*", "$1")).toList();
        assertEquals(page, wayIn);
    }

    /**
     * The methods of the library on the stack of a waiting task, the outermost first, each once where it is repeated.
     */
    private static List<String> wayIn(Task<?> task) throws Exception {
        List<StackTraceElement> stack = List.of(task.thread().getStackTrace()).reversed();
        int body = 0;
        for (int i = 0; i < stack.size(); i++) {
            if (stack.get(i).getClassName().startsWith(JourneysTest.class.getName())) {
                body = i + 1;
            }
        }
        List<String> names = new ArrayList<>();
        Class<?> before = null;
        for (StackTraceElement frame : stack.subList(body, stack.size())) {
            Class<?> type = Class.forName(frame.getClassName());
            if (!type.getName().startsWith("io.stepoll.")) {
                continue;
            }
            String method = "." + frame.getMethodName();
            if (before != null && type.isAssignableFrom(before) && names.getLast().endsWith(method)) {
                names.removeLast(); // the same method: one overload of it calls another, or javac's bridge the real one
            }
            names.add(type.getSimpleName() + method);
            before = type;
        }
        return names;
    }
}
