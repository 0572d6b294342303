package io.stepoll.net;

import io.stepoll.internal.sys.Options;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How the value of an option lies in memory. What a form writes has been seen to be of the option's type. */
interface OptionForm {
    int INET4_LENGTH = 4;

    /** How much memory the value takes at the most. */
    int capacity();

    /**
     * Reads what the kernel has stored.
     *
     * @param struct of {@link #capacity} bytes
     * @param length how many of them the kernel has stored
     */
    Object read(ByteBuffer struct, int length) throws IOException;

    /**
     * Writes a value for the kernel.
     *
     * @param struct of {@link #capacity} bytes, zero
     * @return how many of them are the value
     * @throws IllegalArgumentException if it is no value of the option, with what is wrong with it
     */
    default int write(ByteBuffer struct, Object value) {
        throw new UnsupportedOperationException("it can only be read");
    }

    /** Whether it can be set. */
    default boolean isWritable() {
        return true;
    }

    /** An int from the first to the last, in the unit that the option has. */
    static OptionForm integer(int first, int last) {
        return new IntForm() {
            @Override
            Object of(int number) {
                return number;
            }

            @Override
            int number(Object value) {
                int number = (Integer) value;
                if (number < first || number > last) {
                    throw new IllegalArgumentException(number + " is out of range: " + first + " to " + last);
                }
                return number;
            }
        };
    }

    /** An int that the kernel alone sets. */
    static OptionForm readOnlyInteger() {
        return new IntForm() {
            @Override
            Object of(int number) {
                return number;
            }

            @Override
            int number(Object value) {
                throw new UnsupportedOperationException("it can only be read");
            }

            @Override
            public boolean isWritable() {
                return false;
            }
        };
    }

    /** On or off. */
    static OptionForm flag() {
        return new IntForm() {
            @Override
            Object of(int number) {
                return number != 0;
            }

            @Override
            int number(Object value) {
                return (Boolean) value ? 1 : 0;
            }
        };
    }

    /** Path MTU discovery, of whose settings the JDK's option knows two: always and never. */
    static OptionForm dontFragment() {
        return new IntForm() {
            @Override
            Object of(int number) {
                return number == Options.IP_PMTUDISC_DO;
            }

            @Override
            int number(Object value) {
                return (Boolean) value ? Options.IP_PMTUDISC_DO : 0;
            }
        };
    }

    /** A network interface by its index; null for none. */
    static OptionForm interfaceIndex() {
        return new OptionForm() {
            @Override
            public int capacity() {
                return Integer.BYTES;
            }

            @Override
            public Object read(ByteBuffer struct, int length) throws IOException {
                int index = struct.getInt(0);
                return index == 0 ? null : NetworkInterface.getByIndex(index);
            }

            @Override
            public int write(ByteBuffer struct, Object value) {
                struct.putInt(0, ((NetworkInterface) value).getIndex());
                return Integer.BYTES;
            }
        };
    }

    /** A network interface for IPv4. The kernel takes its index, but tells only the address that was given with it. */
    static OptionForm interfaceAddress() {
        return new OptionForm() {
            @Override
            public int capacity() {
                return Options.MULTICAST_SIZE;
            }

            @Override
            public Object read(ByteBuffer struct, int length) throws IOException {
                byte[] address = new byte[INET4_LENGTH];
                struct.get(0, address);
                InetAddress ip = InetAddress.getByAddress(address);
                return ip.isAnyLocalAddress() ? null : NetworkInterface.getByInetAddress(ip);
            }

            @Override
            public int write(ByteBuffer struct, Object value) {
                NetworkInterface card = (NetworkInterface) value;
                card.inetAddresses().filter(Inet4Address.class::isInstance).findFirst()
                        .ifPresent(first -> struct.put(Options.MULTICAST_ADDRESS, first.getAddress()));
                struct.putInt(Options.MULTICAST_INDEX, card.getIndex());
                return Options.MULTICAST_SIZE;
            }
        };
    }

    /** How many seconds a close waits for what was sent to arrive; -1 for not at all, as the JDK has it. */
    static OptionForm linger() {
        return new OptionForm() {
            @Override
            public int capacity() {
                return Options.LINGER_SIZE;
            }

            @Override
            public Object read(ByteBuffer struct, int length) {
                return struct.getInt(Options.LINGER_ON) == 0 ? -1 : struct.getInt(Options.LINGER_SECONDS);
            }

            @Override
            public int write(ByteBuffer struct, Object value) {
                int seconds = (Integer) value;
                struct.putInt(Options.LINGER_ON, seconds < 0 ? 0 : 1);
                struct.putInt(Options.LINGER_SECONDS, Math.max(seconds, 0));
                return Options.LINGER_SIZE;
            }
        };
    }

    /**
     * A name, which ends in a zero.
     *
     * @param capacity how many bytes, the zero included
     * @param mayBeEmpty whether no name is a value, too
     */
    static OptionForm text(int capacity, boolean mayBeEmpty) {
        return new OptionForm() {
            @Override
            public int capacity() {
                return capacity;
            }

            @Override
            public Object read(ByteBuffer struct, int length) {
                int end = 0;
                while (end < length && struct.get(end) != 0) {
                    end++;
                }
                byte[] bytes = new byte[end];
                struct.get(0, bytes);
                return new String(bytes, StandardCharsets.UTF_8);
            }

            @Override
            public int write(ByteBuffer struct, Object value) {
                byte[] bytes = ((String) value).getBytes(StandardCharsets.UTF_8);
                if (bytes.length >= capacity) {
                    throw new IllegalArgumentException(
                            "\"" + value + "\" is too long: " + bytes.length + " bytes, of " + (capacity - 1));
                }
                if (bytes.length == 0 && !mayBeEmpty) {
                    throw new IllegalArgumentException("it is empty");
                }
                if (((String) value).indexOf('\0') >= 0) {
                    throw new IllegalArgumentException("there is a zero in it");
                }
                struct.put(0, bytes);
                return bytes.length + 1;
            }
        };
    }

    /** What {@link TcpInfo} is made of. */
    static OptionForm tcpInfo() {
        return new ReadOnly(Options.TcpInfoField.size()) {
            @Override
            public Object read(ByteBuffer struct, int length) {
                return TcpInfo.of(struct, length);
            }
        };
    }

    /** The peer of a Unix socket by its numbers. */
    static OptionForm credentials() {
        return new ReadOnly(Options.CREDENTIALS_SIZE) {
            @Override
            public Object read(ByteBuffer struct, int length) {
                return new PeerCredentials(struct.getInt(Options.CREDENTIALS_PID),
                        struct.getInt(Options.CREDENTIALS_UID), struct.getInt(Options.CREDENTIALS_GID));
            }
        };
    }

    /** What lies there as an int. */
    abstract class IntForm implements OptionForm {
        abstract Object of(int number);

        abstract int number(Object value);

        @Override
        public int capacity() {
            return Integer.BYTES;
        }

        @Override
        public Object read(ByteBuffer struct, int length) {
            return of(struct.getInt(0));
        }

        @Override
        public int write(ByteBuffer struct, Object value) {
            struct.putInt(0, number(value));
            return Integer.BYTES;
        }
    }

    /** What the kernel alone sets. */
    abstract class ReadOnly implements OptionForm {
        private final int capacity;

        ReadOnly(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public boolean isWritable() {
            return false;
        }
    }
}
