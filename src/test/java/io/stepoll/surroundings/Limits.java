package io.stepoll.surroundings;

import java.util.ArrayList;
import java.util.List;

/** Starts a child under limits, in other folders, or without a part of its environment. */
final class Limits {
    private Limits() {}

    /** Lets a shell run some commands before it becomes the child. */
    static void set(ProcessBuilder child, String commands) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", commands + " && exec \"$@\"", "sh"));
        command.addAll(child.command());
        child.command(command);
    }

    /** Without any setting of a language: the JVM takes file names for ASCII. */
    static void noLanguage(ProcessBuilder child) {
        child.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.startsWith("LANG"));
    }
}
