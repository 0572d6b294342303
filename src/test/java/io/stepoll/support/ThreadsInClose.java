package io.stepoll.support;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The threads of this process that are in close(2) right now, as the kernel sees them; see proc(5). */
public final class ThreadsInClose {
    private static final Set<String> NUMBERS = Set.of("3", "57"); // of close(2): on x86-64, and on younger ones

    /**
     * "stepoll-close-9", and "stepoll..ose-10": the kernel's names have 15 characters at most, so the JDK cuts them.
     */
    private static final Pattern NAME = Pattern.compile("stepoll-close-\\d+|stepoll\\.\\..*-\\d+");

    private ThreadsInClose() {}

    /** Whether a thread that the library has for closes that wait is closing this number. */
    public static boolean isOfTheLibrary(int fd) throws IOException {
        return of(fd).stream().anyMatch(NAME.asMatchPredicate());
    }

    /** The kernel's names of the threads that close this number. */
    public static List<String> of(int fd) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                if (isIn(thread, "0x" + Integer.toHexString(fd))) {
                    names.add(Files.readString(thread.resolve("comm")).strip());
                }
            }
        }
        return names;
    }

    private static boolean isIn(Path thread, String argument) {
        try {
            String[] call = Files.readString(thread.resolve("syscall")).split(" ");
            return call.length > 1 && NUMBERS.contains(call[0]) && call[1].equals(argument);
        } catch (IOException e) {
            return false; // the thread has ended
        }
    }
}
