package io.stepoll.examples.redis;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a client would get. */
final class MemoryOutput implements ClientOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private ByteBuffer room = ByteBuffer.allocate(0);
    final List<String> modes = new ArrayList<>();

    private void takeRoom() {
        bytes.write(room.array(), 0, room.position());
        room = ByteBuffer.allocate(0);
    }

    @Override
    public ByteBuffer room(int needed) {
        takeRoom();
        room = ByteBuffer.allocate(needed);
        return room;
    }

    @Override
    public void write(byte[] part, int start, int length) {
        takeRoom();
        bytes.write(part, start, length);
    }

    @Override
    public void beginMessages() {
        modes.add("messages");
    }

    @Override
    public void message(ByteBuffer message) {
        takeRoom();
        byte[] copy = new byte[message.remaining()];
        message.duplicate().get(copy);
        bytes.writeBytes(copy);
    }

    @Override
    public void endMessages() {
        modes.add("no messages");
    }

    /** Returns what has come since the last call; each byte is a character. */
    String take() {
        takeRoom();
        String text = bytes.toString(StandardCharsets.ISO_8859_1);
        bytes.reset();
        return text;
    }
}
