package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.TaskRace;
import io.stepoll.Timer;
import io.stepoll.internal.failure.SystemCallFailures;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Connects to the first of several addresses that answers: Happy Eyeballs, RFC 8305, section 5. The addresses are tried
 * in their order. The next attempt begins when the last one has failed, or has not succeeded for a while; those under
 * way go on. The first success ends the others.
 *
 * <p>Each attempt is a task of its own, which closes what it has opened when it is cancelled. The race is over when all
 * these tasks have ended, so nothing of it stays behind.
 */
final class ConnectRace {
    /** Connects to one of the addresses, or leaves no descriptor. */
    @FunctionalInterface
    interface Attempt {
        Descriptor connect(int address) throws IOException;
    }

    private final EventLoop loop;
    private final List<String> addresses;
    private final Duration delay;
    private final Attempt attempt;
    private final Thread[] threads;
    private final List<IOException> failures = new ArrayList<>();
    private TaskRace<Descriptor> race;
    private int begun; // the address that was begun last
    private Timer next;
    private Descriptor winner;
    private boolean timedOut;
    private Throwable fatal; // neither the failure of an address nor a timeout; ends the race

    /** @param addresses as text, for messages */
    ConnectRace(EventLoop loop, List<String> addresses, Duration delay, Attempt attempt) {
        this.loop = loop;
        this.addresses = addresses;
        this.delay = delay;
        this.attempt = attempt;
        threads = new Thread[addresses.size()];
    }

    /** Returns the connected socket. In a task. */
    Descriptor run() throws IOException {
        boolean won = false;
        try (TaskRace<Descriptor> opened = loop.openRace()) {
            race = opened;
            for (int i = 0; i < threads.length; i++) {
                int address = i;
                threads[i] = race.spawn("connect " + addresses.get(i), () -> connect(address)).thread();
            }
            race.join();
            won = true;
        } catch (ExecutionException | CancellationException e) {
            won = winner != null && fatal == null; // in the moment of the timeout
        } catch (InterruptedException e) {
            throw suppressing(new InterruptedIOException("connect to " + this + ": interrupted"));
        } finally {
            cancelNext();
            if (!won && winner != null) {
                winner.close();
            }
        }
        if (won) {
            return winner;
        }
        throw failure();
    }

    private Descriptor connect(int address) throws IOException, InterruptedException {
        awaitTurn(address);
        if (address + 1 < threads.length) {
            next = loop.callLater(delay, () -> begin(address + 1));
        }
        try {
            Descriptor connected = attempt.connect(address);
            if (winner != null) {
                connected.close();
                throw new InterruptedException("connect");
            }
            winner = connected;
            return connected;
        } catch (SocketTimeoutException e) {
            timedOut = true; // the time is that of all attempts together
            race.cancel();
            throw e;
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            if (e instanceof SystemCallFailure && e instanceof IOException failure) {
                failures.add(failure);
                begin(address + 1);
            } else {
                fatal = e;
                race.cancel();
            }
            throw e;
        }
    }

    private void awaitTurn(int address) throws InterruptedException {
        while (begun < address) {
            LockSupport.park(this);
            if (Thread.interrupted()) {
                throw new InterruptedException("connect");
            }
        }
    }

    private void begin(int address) {
        if (begun < address && address < threads.length) {
            cancelNext();
            begun = address;
            LockSupport.unpark(threads[address]);
        }
    }

    private void cancelNext() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    private IOException failure() {
        switch (fatal) {
            case null -> {
                return timedOut ? suppressing(new SocketTimeoutException("connect to " + this + ": timed out"))
                        : SystemCallFailures.ofAll(failures);
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case IOException e -> {
                return suppressing(e);
            }
            default -> throw new AssertionError(fatal);
        }
    }

    private <E extends IOException> E suppressing(E exception) {
        failures.forEach(exception::addSuppressed);
        return exception;
    }

    /** The addresses, for messages. */
    @Override
    public String toString() {
        return String.join(", ", addresses);
    }
}
