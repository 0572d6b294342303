package io.stepoll.internal.sched;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ref.Cleaner;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.ConsoleHandler;
import java.util.logging.FileHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Things of the JDK that have locks, most of them inside, where a user does not see them. */
enum Used {
    MONITOR {
        @Override
        Thing open() {
            Object monitor = new Object();
            int[] uses = new int[1];
            return () -> {
                synchronized (monitor) {
                    uses[0]++;
                }
            };
        }
    },
    REENTRANT_LOCK {
        @Override
        Thing open() {
            ReentrantLock lock = new ReentrantLock();
            int[] uses = new int[1];
            return () -> {
                lock.lock();
                try {
                    uses[0]++;
                } finally {
                    lock.unlock();
                }
            };
        }
    },
    CONDITION {
        @Override
        Thing open() {
            return new Meeting();
        }
    },
    CONCURRENT_HASH_MAP {
        @Override
        Thing open() {
            ConcurrentHashMap<String, Integer> map = new ConcurrentHashMap<>();
            return () -> map.compute("key", (key, count) -> count == null ? 1 : count + 1);
        }
    },
    SYSTEM_LOGGER {
        @Override
        Thing open() {
            Logging logging = new Logging("used by all: System.Logger", consoleToNowhere());
            System.Logger logger = System.getLogger(logging.logger.getName());
            return logging.by(() -> logger.log(System.Logger.Level.INFO, "used"));
        }
    },
    LOG_CONSOLE {
        @Override
        Thing open() {
            Logging logging = new Logging("used by all: console", consoleToNowhere());
            return logging.by(() -> logging.logger.log(Level.INFO, "used"));
        }
    },
    LOG_FILE {
        @Override
        Thing open() throws IOException {
            Path file = Files.createTempFile("used-by-all", ".log");
            Logging logging = new Logging("used by all: file", new FileHandler(file.toString(), MOST_BYTES, 1));
            Thing thing = logging.by(() -> logging.logger.log(Level.INFO, "used"));
            return new Thing() {
                @Override
                public void use() throws Exception {
                    thing.use();
                }

                @Override
                public void close() throws IOException {
                    thing.close();
                    Files.delete(file);
                }
            };
        }
    },
    DIRECT_BUFFER {
        @Override
        Thing open() {
            return () -> ByteBuffer.allocateDirect(64);
        }
    },
    CLEANER {
        @Override
        Thing open() {
            Cleaner cleaner = Cleaner.create();
            return () -> cleaner.register(new Object(), () -> {}).clean();
        }
    },
    /** Each use loads and initializes a class alone, and another one perhaps together with others. */
    CLASSES {
        @Override
        Thing open() {
            URL[] places = {Small.class.getProtectionDomain().getCodeSource().getLocation()};
            AtomicInteger uses = new AtomicInteger();
            AtomicReference<ClassLoader> shared = new AtomicReference<>(new URLClassLoader(places, null));
            return () -> {
                Class.forName(Small.class.getName(), true, new URLClassLoader(places, null));
                if (uses.incrementAndGet() % SHARED_USES == 0) {
                    shared.set(new URLClassLoader(places, null));
                }
                Class.forName(Small.class.getName(), true, shared.get());
            };
        }
    },
    SYSTEM_PROPERTIES {
        @Override
        Thing open() {
            return () -> {
                System.setProperty("stepoll.used", "by all");
                System.getProperties().clone(); // synchronized
            };
        }
    },
    SECURE_RANDOM {
        @Override
        Thing open() {
            SecureRandom random = new SecureRandom();
            return () -> random.nextBytes(new byte[8]);
        }
    },
    MESSAGE_DIGEST {
        @Override
        Thing open() {
            return () -> MessageDigest.getInstance("SHA-256").digest(new byte[64]);
        }
    },
    ZIP {
        @Override
        Thing open() {
            return () -> {
                try (ZipOutputStream zip = new ZipOutputStream(new ByteArrayOutputStream())) {
                    zip.putNextEntry(new ZipEntry("entry"));
                    zip.write("used by all".getBytes(StandardCharsets.US_ASCII));
                }
            };
        }
    },
    PROXY {
        @Override
        Thing open() {
            AtomicInteger uses = new AtomicInteger();
            AtomicReference<ClassLoader> loader = new AtomicReference<>();
            return () -> {
                if (uses.incrementAndGet() % SHARED_USES == 0) {
                    loader.set(new URLClassLoader(new URL[0])); // so the next use makes the class of the proxy anew
                }
                ((Runnable) Proxy.newProxyInstance(loader.get(), new Class<?>[] {Runnable.class},
                        (proxy, method, arguments) -> null)).run();
            };
        }
    },
    REGULAR_EXPRESSION {
        @Override
        Thing open() {
            return () -> Pattern.compile("(\\p{Lu}|\\w)+\\s*$").matcher("used by All ").find();
        }
    };

    private static final int MOST_BYTES = 1 << 20;
    private static final int SHARED_USES = 16;

    /** Makes the thing that all use. */
    abstract Thing open() throws Exception;

    /** What all use for a moment, again and again. */
    interface Thing extends AutoCloseable {
        void use() throws Exception;

        /** From now on no use waits for another use. */
        default void letGo() {}

        @Override
        default void close() throws IOException {}
    }

    /** A class to be loaded and initialized. */
    static final class Small {
        static final int LENGTH = Small.class.getName().length();

        private Small() {}
    }

    /** A logger of its own, with one handler. */
    private static final class Logging {
        final Logger logger;
        private final Handler handler;

        Logging(String name, Handler handler) {
            logger = Logger.getLogger(name);
            this.handler = handler;
            logger.setUseParentHandlers(false);
            logger.addHandler(handler);
        }

        Thing by(Runnable use) {
            return new Thing() {
                @Override
                public void use() {
                    use.run();
                }

                @Override
                public void close() {
                    logger.removeHandler(handler);
                    handler.close();
                }
            };
        }
    }

    private static ConsoleHandler consoleToNowhere() {
        PrintStream errors = System.err;
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        try {
            return new ConsoleHandler(); // keeps the stream of this moment
        } finally {
            System.setErr(errors);
        }
    }

    /** Of two uses the first waits for the second. */
    private static final class Meeting implements Thing {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition met = lock.newCondition();
        private long meetings;
        private boolean oneWaits;
        private boolean over;

        @Override
        public void use() throws InterruptedException {
            lock.lock();
            try {
                if (oneWaits) {
                    oneWaits = false;
                    meetings++;
                    met.signalAll();
                } else {
                    oneWaits = true;
                    long meeting = meetings;
                    while (meeting == meetings && !over) {
                        met.await();
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void letGo() {
            lock.lock();
            over = true;
            met.signalAll();
            lock.unlock();
        }
    }
}
