package io.stepoll.examples.redis;

import io.stepoll.buffer.SharedMessage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Keeps what a client would get. */
final class MemoryOutput implements ClientOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private ByteBuffer room = ByteBuffer.allocate(0);

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
    public void message(SharedMessage message) {
        takeRoom();
        bytes.writeBytes(("message of " + message.length() + " bytes").getBytes(StandardCharsets.US_ASCII));
    }

    /** Returns what has come since the last call; each byte is a character. */
    String take() {
        takeRoom();
        String text = bytes.toString(StandardCharsets.ISO_8859_1);
        bytes.reset();
        return text;
    }
}
