package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.Scratch;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Gets and sets the options of any socket. Mistakes are found before the system call where that is possible, and each
 * exception names the option.
 */
public final class SocketOptions {
    private SocketOptions() {}

    /** Returns the value of an option. */
    public static <T> T get(Descriptor socket, SocketOption<T> option) throws IOException {
        Objects.requireNonNull(option, "option");
        LoopDescriptor.of(socket).check("getOption");
        int fd = socket.fd();
        OptionRow.Place<T> place = places(fd, option, () -> AddressText.of(fd)).getFirst();
        int capacity = place.codec().capacity();
        try (Scratch memory = new Scratch(capacity)) {
            int length = Options.get(fd, place.level(), place.number(), memory.address(), capacity);
            check("getsockopt", length, option, () -> AddressText.of(fd));
            return place.codec().reader().read(memory.buffer(), length);
        }
    }

    /** Sets an option. */
    public static <T> void set(Descriptor socket, SocketOption<T> option, T value) throws IOException {
        Objects.requireNonNull(option, "option");
        LoopDescriptor.of(socket).check("setOption");
        int fd = socket.fd();
        set(fd, option, value, () -> AddressText.of(fd));
        if (decidesTheClose(option)) {
            LoopDescriptor.of(socket).closeOptionsSet();
        }
    }

    /** Whether the close of a socket with this option may have to wait. */
    private static boolean decidesTheClose(SocketOption<?> option) {
        return option == StandardSocketOptions.SO_LINGER || option == LinuxOption.SO_PASSRIGHTS;
    }

    /** Gives a new socket, which has these options, to the loop. If that fails the socket stays the caller's. */
    static Descriptor ownWith(EventLoop loop, int fd, Map<SocketOption<?>, ?> options) throws IOException {
        LoopDescriptor descriptor = LoopDescriptors.of(loop).ownNew(fd);
        for (SocketOption<?> option : options.keySet()) {
            if (decidesTheClose(option)) {
                descriptor.closeOptionsSet();
            }
        }
        return descriptor;
    }

    /**
     * Sets options, in the order of the map, on a new socket that is not bound or connected yet.
     *
     * @param address what the socket is made for
     */
    static void setAll(int fd, Map<SocketOption<?>, ?> options, String address) throws IOException {
        for (Map.Entry<SocketOption<?>, ?> entry : options.entrySet()) {
            set(fd, Objects.requireNonNull(entry.getKey(), "option"), entry.getValue(), () -> address);
        }
    }

    /** The options that both the kind of socket and the kernel have; none after close. */
    public static Set<SocketOption<?>> supported(Descriptor socket, Collection<LinuxOption<?>> linuxOptions) {
        Set<SocketOption<?>> supported = new LinkedHashSet<>();
        if (LoopDescriptor.of(socket).isOpenHere("supportedOptions")) {
            int fd = socket.fd();
            SocketKind kind = SocketKind.of(fd);
            OptionTable.options().forEach(option -> addIfKnown(supported, fd, kind, option));
            linuxOptions.forEach(option -> addIfKnown(supported, fd, kind, option));
        }
        return Collections.unmodifiableSet(supported);
    }

    private static void addIfKnown(Set<SocketOption<?>> supported, int fd, SocketKind kind, SocketOption<?> option) {
        OptionRow<?> row = OptionTable.row(option);
        if (row.sockets().test(kind) && isKnown(fd, row.places(kind).getFirst())) {
            supported.add(option);
        }
    }

    private static boolean isKnown(int fd, OptionRow.Place<?> place) {
        int capacity = place.codec().capacity();
        try (Scratch memory = new Scratch(capacity)) {
            int result = Options.get(fd, place.level(), place.number(), memory.address(), capacity);
            return result != -Errno.ENOPROTOOPT && result != -Errno.EOPNOTSUPP;
        }
    }

    private static <T> void set(int fd, SocketOption<T> option, Object value, Supplier<String> address)
            throws IOException {
        for (OptionRow.Place<T> place : places(fd, option, address)) {
            if (!place.codec().isWritable()) {
                throw new UnsupportedOperationException(option.name() + " can only be read");
            }
            if (!option.type().isInstance(value)) {
                throw new IllegalArgumentException(option.name() + " is of " + option.type() + ", not "
                        + (value == null ? "null" : value.getClass() + ": " + value));
            }
            try (Scratch memory = new Scratch(place.codec().capacity())) {
                int length = write(option, place.codec(), memory.buffer(), option.type().cast(value));
                int result = Options.set(fd, place.level(), place.number(), memory.address(), length);
                check("setsockopt", isSoAnyway(option, value, result) ? 0 : result, option, address);
            }
        }
    }

    /** A kernel without SO_PASSRIGHTS always lets a peer pass descriptors. */
    private static boolean isSoAnyway(SocketOption<?> option, Object value, int result) {
        return result == -Errno.ENOPROTOOPT && option == LinuxOption.SO_PASSRIGHTS && value.equals(true);
    }

    private static <T> int write(SocketOption<T> option, OptionCodec<T> codec, ByteBuffer struct, T value) {
        try {
            return codec.writer().write(struct, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option.name() + ": " + e.getMessage(), e);
        }
    }

    /** Where the option is on this socket. Throws if this kind of socket does not have the option. */
    private static <T> List<OptionRow.Place<T>> places(int fd, SocketOption<T> option, Supplier<String> address)
            throws IOException {
        OptionRow<T> row = OptionTable.row(option);
        if (row == null) {
            throw new UnsupportedOperationException(option.name() + " is no option that this library knows");
        }
        SocketKind kind = SocketKind.of(fd);
        check("getsockopt", -kind.errno(), option, address);
        if (!row.sockets().test(kind)) {
            throw new UnsupportedOperationException(option.name() + " is no option of this " + kind);
        }
        return row.places(kind);
    }

    private static void check(String call, int result, SocketOption<?> option, Supplier<String> address)
            throws IOException {
        if (result < 0) {
            throw SystemCallFailures.of(call, -result, option.name() + " of " + address.get());
        }
    }
}
