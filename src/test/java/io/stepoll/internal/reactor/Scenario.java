package io.stepoll.internal.reactor;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.StepResult;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.RawSockets;
import io.stepoll.support.ScriptedClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Runs one recorded scenario on a loop of this library. The recordings' own description explains the ops and rows. */
final class Scenario implements AutoCloseable {
    private static final long TICK_NANOS = 15_625_000;
    private static final int SEND_BUFFER = 4096;

    /** Hands a descriptor to the loop. */
    @FunctionalInterface
    interface Adoption {
        Descriptor adopt(EventLoop loop, int fd) throws IOException;
    }

    private final ScriptedClock clock = new ScriptedClock();
    private final EventLoop loop;
    private final JsonArray trace = new JsonArray();
    private final Map<String, Descriptor> ours = new HashMap<>();
    private final Map<String, Integer> peers = new HashMap<>();
    private final Set<Integer> shutDown = new HashSet<>();
    private final Map<String, RawAddress> addresses = new HashMap<>();
    private final Map<String, ArrayDeque<Integer>> connecting = new HashMap<>();

    private Scenario(JsonObject scenario, Adoption adoption, boolean callbacksOnLoopThread) throws IOException {
        loop = new LoopBuilder().clock(clock).callbacksOnLoopThread(callbacksOnLoopThread).open();
        for (JsonElement pair : names(scenario, "pairs")) {
            int[] ends = RawSockets.pair();
            RawSockets.smallSendBuffer(ends[0], SEND_BUFFER);
            ours.put(pair.getAsString(), adoption.adopt(loop, ends[0]));
            peers.put(pair.getAsString(), ends[1]);
        }
        for (JsonElement listener : names(scenario, "listeners")) {
            RawAddress address = RawSockets.freshAddress();
            ours.put(listener.getAsString(), adoption.adopt(loop, RawSockets.listener(address)));
            addresses.put(listener.getAsString(), address);
            connecting.put(listener.getAsString(), new ArrayDeque<>());
        }
    }

    private static JsonArray names(JsonObject scenario, String key) {
        return scenario.has(key) ? scenario.getAsJsonArray(key) : new JsonArray();
    }

    /** Runs the scenario and returns the trace of the loop. */
    static JsonArray run(JsonObject scenario, Adoption adoption, boolean callbacksOnLoopThread) throws IOException {
        try (Scenario run = new Scenario(scenario, adoption, callbacksOnLoopThread)) {
            run.drive(scenario.getAsJsonArray("drive"));
            return run.trace.deepCopy(); // as the close ends the tasks that are left, and the recordings do not
        }
    }

    private void drive(JsonArray ops) throws IOException {
        for (JsonElement element : ops) {
            JsonArray op = element.getAsJsonArray();
            if (!op.get(0).getAsString().equals("step")) {
                anywhere(op);
            } else if (!step(op.get(1).getAsBoolean())) {
                return;
            }
        }
    }

    /** Returns false if the step would sleep for ever: that ends the scenario. */
    private boolean step(boolean blocking) {
        clock.stepBegins();
        try {
            StepResult result = loop.step(blocking);
            log("step", blocking, ticks(clock.firstTimeoutNanos()), ticks(result.sleepNanos()), result.done());
            return true;
        } catch (ScriptedClock.Forever forever) {
            log("step", blocking, "forever");
            return false;
        }
    }

    private static Object ticks(long nanos) {
        return nanos == EventLoop.NO_DEADLINE ? "none" : number(nanos);
    }

    /** A time as the recordings write it: a whole number of ticks where possible. */
    private static Number number(long nanos) {
        return nanos % TICK_NANOS == 0 ? (Number) (nanos / TICK_NANOS) : (Number) ((double) nanos / TICK_NANOS);
    }

    private static Duration duration(JsonElement ticks) {
        return Duration.ofNanos(ticks.getAsLong() * TICK_NANOS);
    }

    private void log(Object... row) {
        JsonArray line = new JsonArray();
        line.add(number(clock.nanoTime()));
        for (Object value : row) {
            line.add(switch (value) {
                case Boolean bool -> new JsonPrimitive(bool);
                case Number number -> new JsonPrimitive(number);
                default -> new JsonPrimitive((String) value);
            });
        }
        trace.add(line);
    }

    private void anywhere(JsonArray op) {
        String subject = op.get(1).getAsString();
        switch (op.get(0).getAsString()) {
            case "soon" -> loop.callSoon(callback(subject, op.get(2).getAsJsonArray()));
            case "later" -> loop.callLater(duration(op.get(1)),
                    callback(op.get(2).getAsString(), op.get(3).getAsJsonArray()));
            case "spawn" -> loop.spawn(() -> task(subject, op.get(2).getAsJsonArray()));
            case "advance" -> clock.advance(op.get(1).getAsLong() * TICK_NANOS);
            case "peer_send" -> {
                if (!shutDown.contains(peers.get(subject))) {
                    RawSockets.send(peers.get(subject), op.get(2).getAsInt());
                }
            }
            case "peer_shutdown" -> {
                shutDown.add(peers.get(subject));
                Sockets.shutdown(peers.get(subject), Sockets.SHUT_WR);
            }
            case "peer_close" -> RawSockets.close(peers.remove(subject));
            case "peer_connect" -> connecting.get(subject).add(RawSockets.connect(addresses.get(subject)));
            default -> throw new IllegalArgumentException("unknown op " + op);
        }
    }

    private Runnable callback(String id, JsonArray ops) {
        return () -> {
            log("run", id);
            ops.forEach(op -> anywhere(op.getAsJsonArray()));
        };
    }

    private void task(String id, JsonArray ops) throws InterruptedException {
        log("start", id);
        try {
            for (JsonElement op : ops) {
                inTask(id, op.getAsJsonArray());
            }
        } catch (BrokenPipeException e) {
            log("raised", id, "BrokenPipeError");
            return;
        } catch (IOException e) {
            log("raised", id, e instanceof ConnectionResetException ? "ConnectionResetError" : "ConnectionError");
            return;
        }
        log("end", id);
    }

    private void inTask(String id, JsonArray op) throws IOException, InterruptedException {
        String subject = op.get(1).getAsString();
        switch (op.get(0).getAsString()) {
            case "sleep" -> {
                loop.sleep(duration(op.get(1)));
                log("woke", id);
            }
            case "recv" -> {
                int count = ours.get(subject).read(ByteBuffer.allocate(op.get(2).getAsInt()));
                log("recv", id, Math.max(count, 0)); // the recordings write 0 for the end
            }
            case "send" -> {
                int count = op.get(2).getAsInt();
                ours.get(subject).write(ByteBuffer.allocate(count));
                log("sent", id, count);
            }
            case "accept" -> {
                String pair = op.get(2).getAsString();
                ours.put(pair, ours.get(subject).accept());
                peers.put(pair, connecting.get(subject).remove());
                log("accepted", id, pair);
            }
            case "disown" -> RawSockets.close(ours.get(subject).disown());
            default -> anywhere(op);
        }
    }

    @Override
    public void close() {
        loop.close();
        peers.values().forEach(RawSockets::close);
        connecting.values().forEach(queue -> queue.forEach(RawSockets::close));
    }
}
