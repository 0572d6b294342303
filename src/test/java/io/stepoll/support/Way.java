package io.stepoll.support;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import java.io.IOException;

/** How a descriptor comes to the loop. Each way has its own kind of waiting, so most tests cover both. */
public enum Way {
    ADOPT, OWN;

    /** Gives the descriptor to the loop in this way. */
    public Descriptor take(EventLoop loop, int fd) throws IOException {
        return this == ADOPT ? loop.adopt(fd) : loop.own(fd);
    }
}
