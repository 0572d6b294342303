package io.stepoll.internal.io;

import io.stepoll.ChildProcess;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Signals;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * A process, its pipes and its end. The JDK has its own pipes to a process, and shows nobody their numbers. So the
 * process gets the ends of other pipes, which the JDK opens for it by their names in /proc. Such an opening does not
 * wait, as both ends are open here. The opened end is a file of its own: what becomes non-blocking here stays blocking
 * there.
 */
public final class ProcessPipes implements ChildProcess {
    private static final int NONE = -1;

    /** A pipe between this process and the other one. */
    private static final class Pipe {
        private int here;
        private int there;
        private Descriptor descriptor;

        /** @param readsHere whether the other process writes */
        Pipe(boolean readsHere) throws IOException {
            try (Scratch two = new Scratch(2 * Integer.BYTES)) {
                SystemCallFailures.check("pipe2", Descriptors.pipe(two.address()), "a process");
                here = two.getInt(readsHere ? 0 : 1);
                there = two.getInt(readsHere ? 1 : 0);
            }
        }

        File nameThere() {
            return new File("/proc/self/fd/" + there);
        }

        void closeThere() {
            if (there != NONE) {
                Descriptors.close(there);
                there = NONE;
            }
        }

        /** Gives the loop the end here. */
        void adopt(LoopDescriptors descriptors) throws IOException {
            descriptor = descriptors.adopt(here);
            here = NONE;
        }

        void close() {
            closeThere();
            if (descriptor != null) {
                descriptor.close();
            } else if (here != NONE) {
                Descriptors.close(here);
                here = NONE;
            }
        }
    }

    private final ProcessBuilder builder;
    private final Pipe input;
    private final Pipe output;
    private final Pipe errors;
    private final List<Pipe> pipes = new ArrayList<>();
    private Process process;
    private int end = NONE;
    private LoopDescriptor endDescriptor; // null where the JDK alone waits for the end
    private boolean withoutDescriptor; // the system refuses one
    private LoopDescriptors owner;
    private boolean closed;

    /** Makes a pipe for each stream that the builder does not redirect. */
    public ProcessPipes(ProcessBuilder builder) throws IOException {
        this.builder = builder;
        try {
            input = pipe(builder.redirectInput(), false);
            output = pipe(builder.redirectOutput(), true);
            errors = builder.redirectErrorStream() ? null : pipe(builder.redirectError(), true);
        } catch (IOException | RuntimeException | Error e) {
            pipes.forEach(Pipe::close);
            throw e;
        }
    }

    private Pipe pipe(Redirect redirect, boolean readsHere) throws IOException {
        if (redirect != Redirect.PIPE) {
            return null;
        }
        Pipe pipe = new Pipe(readsHere);
        pipes.add(pipe);
        return pipe;
    }

    /** Starts the process. On any thread but the loop's: the JDK waits for the process to begin. */
    public Process start() throws IOException {
        startProcess();
        openEnd();
        return process;
    }

    private void startProcess() throws IOException {
        Redirect inputBefore = builder.redirectInput();
        Redirect outputBefore = builder.redirectOutput();
        Redirect errorsBefore = builder.redirectError();
        try {
            if (input != null) {
                builder.redirectInput(input.nameThere());
            }
            if (output != null) {
                builder.redirectOutput(output.nameThere());
            }
            if (errors != null) {
                builder.redirectError(errors.nameThere());
            }
            process = builder.start();
        } finally {
            builder.redirectInput(inputBefore).redirectOutput(outputBefore).redirectError(errorsBefore);
            pipes.forEach(Pipe::closeThere);
        }
    }

    /**
     * Opens the descriptor of the process's end. A thread of the JDK waits for the process as well and reaps it at its
     * end, and its number may be another process's afterwards. So the JDK is asked whether the number still is that of
     * the process: it compares the times of the starts. If it is, it was so at the opening, too.
     */
    private void openEnd() throws IOException {
        int pid = (int) process.pid();
        int opened = Descriptors.processDescriptor(pid);
        if (opened >= 0) {
            end = opened;
            if (!process.toHandle().isAlive()) {
                closeEnd();
            }
        } else if (isRefused(-opened)) {
            withoutDescriptor = true;
        } else if (opened != -Errno.ESRCH) { // else the process has ended
            throw SystemCallFailures.of("pidfd_open", -opened, "process " + pid);
        }
    }

    /** The kernel is older than the call, or a filter of system calls refuses it. */
    private static boolean isRefused(int errno) {
        return errno == Errno.ENOSYS || errno == Errno.EPERM || errno == Errno.EACCES;
    }

    /** Gives the loop the ends of the pipes, and the end of the process. */
    public void adopt(LoopDescriptors newOwner) throws IOException {
        owner = newOwner;
        for (Pipe pipe : pipes) {
            pipe.adopt(owner);
        }
        if (end != NONE) {
            endDescriptor = owner.adopt(end);
            end = NONE;
        }
    }

    /**
     * The kernel reports the end, and the thread of the JDK that reaps the process has the status a moment later. A
     * virtual clock must not jump over that moment.
     */
    @Override
    public int awaitEnd() throws IOException {
        owner.check("awaitEnd");
        if (process.isAlive()) {
            owner.tasks().current("awaitEnd");
            if (closed) {
                throw new ClosedChannelException();
            }
            if (endDescriptor != null) {
                BlockingCall.awaitReadable(endDescriptor, "awaitEnd", EventLoop.NO_DEADLINE);
            }
            try (VirtualClock.Hold _ = owner.holdClock()) {
                process.waitFor();
            } catch (InterruptedException e) {
                throw new InterruptedIOException("awaitEnd of process " + process.pid() + ": interrupted");
            }
        }
        return process.exitValue();
    }

    /** A task waits for the end: it need not hold the loop for the moment in which the JDK gets the status. */
    @Override
    public void onEnd(IntConsumer callback) {
        owner.check("onEnd");
        Objects.requireNonNull(callback, "callback");
        owner.start(() -> {
            try {
                int status = awaitEnd();
                owner.callSoon(callback, () -> callback.accept(status));
            } catch (IOException closed) {
                // By the close of this, or of the loop, or by a cancel: nobody is told.
            }
            return null;
        });
    }

    @Override
    public boolean signal(String signal) throws IOException {
        owner.check("signal");
        int number = Signals.numberForOthers(signal);
        if (!process.isAlive()) {
            return false;
        }
        if (closed) {
            throw new ClosedChannelException();
        }
        if (withoutDescriptor) {
            signalByTheJdk(signal);
            return true;
        }
        int result = endDescriptor == null ? -Errno.ESRCH : Descriptors.sendSignal(endDescriptor.fd(), number);
        if (result < 0 && result != -Errno.ESRCH) {
            throw signalFailure(-result);
        }
        return result == 0;
    }

    private void signalByTheJdk(String signal) throws IOException {
        switch (signal) {
            case "TERM" -> process.destroy();
            case "KILL" -> process.destroyForcibly();
            default -> throw signalFailure(Errno.ENOSYS);
        }
    }

    private IOException signalFailure(int errno) {
        return SystemCallFailures.of("pidfd_send_signal", errno, "process " + process.pid());
    }

    /** Closes all pipes, and kills the process if it was started. */
    public void abandon() {
        close();
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Override
    public Process process() {
        return process;
    }

    @Override
    public Descriptor input() {
        return descriptor(input);
    }

    @Override
    public Descriptor output() {
        return descriptor(output);
    }

    @Override
    public Descriptor errors() {
        return descriptor(errors);
    }

    private static Descriptor descriptor(Pipe pipe) {
        return pipe == null ? null : pipe.descriptor;
    }

    @Override
    public void close() {
        closed = true;
        pipes.forEach(Pipe::close);
        closeEnd();
        if (endDescriptor != null) {
            endDescriptor.close();
        }
    }

    private void closeEnd() {
        if (end != NONE) {
            Descriptors.close(end);
            end = NONE;
        }
    }
}
