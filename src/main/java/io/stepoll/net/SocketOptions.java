package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.Scratch;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/** Gets and sets the options of any socket. What is wrong comes with the option's name, if possible before the call. */
final class SocketOptions {
    private SocketOptions() {}

    /** For getOption. */
    static <T> T get(Descriptor descriptor, SocketOption<T> option) throws IOException {
        Objects.requireNonNull(option, "option");
        descriptor.check("getOption");
        int fd = descriptor.fd();
        OptionTable.Place place = places(fd, option, () -> AddressText.of(fd)).getFirst();
        int capacity = place.form().capacity();
        try (Scratch memory = new Scratch(capacity)) {
            int length = Options.get(fd, place.level(), place.option(), memory.address(), capacity);
            check("getsockopt", length, option, () -> AddressText.of(fd));
            return option.type().cast(place.form().read(memory.buffer(), length));
        }
    }

    /** For setOption. */
    static <T> void set(Descriptor descriptor, SocketOption<T> option, T value) throws IOException {
        Objects.requireNonNull(option, "option");
        descriptor.check("setOption");
        int fd = descriptor.fd();
        set(fd, option, value, () -> AddressText.of(fd));
    }

    /**
     * For a socket that is just being made, and not yet bound or connected. In the order of the map.
     *
     * @param address what it is made for
     */
    static void setAll(int fd, Map<SocketOption<?>, ?> options, String address) throws IOException {
        for (Map.Entry<SocketOption<?>, ?> entry : options.entrySet()) {
            set(fd, Objects.requireNonNull(entry.getKey(), "option"), entry.getValue(), () -> address);
        }
    }

    /** For supportedOptions: those that the kind of socket has, and the kernel too. None after close. */
    static Set<SocketOption<?>> supported(Descriptor descriptor) {
        Set<SocketOption<?>> supported = new LinkedHashSet<>();
        if (descriptor.isOpenHere("supportedOptions")) {
            int fd = descriptor.fd();
            SocketKind kind = SocketKind.of(fd);
            for (OptionTable.Row row : OptionTable.all()) {
                if (row.sockets().test(kind) && isKnown(fd, row.places(kind).getFirst())) {
                    supported.add(row.option());
                }
            }
        }
        return Collections.unmodifiableSet(supported);
    }

    private static boolean isKnown(int fd, OptionTable.Place place) {
        int capacity = place.form().capacity();
        try (Scratch memory = new Scratch(capacity)) {
            int result = Options.get(fd, place.level(), place.option(), memory.address(), capacity);
            return result != -Errno.ENOPROTOOPT && result != -Errno.EOPNOTSUPP;
        }
    }

    private static void set(int fd, SocketOption<?> option, Object value, Supplier<String> address)
            throws IOException {
        for (OptionTable.Place place : places(fd, option, address)) {
            if (!place.form().isWritable()) {
                throw new UnsupportedOperationException(option.name() + " can only be read");
            }
            if (!option.type().isInstance(value)) {
                throw new IllegalArgumentException(option.name() + " is of " + option.type() + ", not "
                        + (value == null ? "null" : value.getClass() + ": " + value));
            }
            int capacity = place.form().capacity();
            try (Scratch memory = new Scratch(capacity)) {
                int length = write(option, place.form(), memory.buffer(), value);
                check("setsockopt", Options.set(fd, place.level(), place.option(), memory.address(), length), option,
                        address);
            }
        }
    }

    private static int write(SocketOption<?> option, OptionForm form, ByteBuffer struct, Object value) {
        try {
            return form.write(struct, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option.name() + ": " + e.getMessage(), e);
        }
    }

    /** Where the option is on this socket, which is seen to have it. */
    private static List<OptionTable.Place> places(int fd, SocketOption<?> option, Supplier<String> address)
            throws IOException {
        OptionTable.Row row = OptionTable.row(option);
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
            throw SystemCallFailure.of(call, -result, option.name() + " of " + address.get());
        }
    }
}
