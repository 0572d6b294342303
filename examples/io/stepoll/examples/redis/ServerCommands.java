package io.stepoll.examples.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Commands on the server: what it can, and how it is set up. Tools ask for this before they begin. */
final class ServerCommands {
    /** The version of Redis whose answers these are. */
    static final String VERSION = "7.0.15";

    private static final Map<String, String> SETTINGS = new TreeMap<>(Map.of("appendonly", "no", "save", "",
            "databases", "1", "io-threads", "1", "maxmemory", "0", "maxmemory-policy", "noeviction",
            "proto-max-bulk-len", String.valueOf(RequestParser.LONGEST_BULK)));

    private static final int DETAILS = 6; // of a command
    private static final int UNTOLD = 4; // further ones: categories of access, hints, key specifications, subcommands

    private ServerCommands() {}

    static void dbsize(Session session) throws IOException {
        session.replies.integer(session.keys.size());
    }

    static void config(Session session) throws ErrorReply, IOException {
        Request request = session.request;
        switch (ConnectionCommands.subcommand(request)) {
            case "get" -> configGet(session);
            case "set" -> configSet(session);
            case "resetstat" -> {
                ConnectionCommands.checkCount(request, 2, "config|resetstat");
                session.replies.ok();
            }
            default -> throw ConnectionCommands.unknownSubcommand(request, "CONFIG");
        }
    }

    private static void configGet(Session session) throws ErrorReply, IOException {
        if (session.request.count() < 3) {
            throw ErrorReply.wrongNumberOfArguments("config|get");
        }
        Set<String> found = new LinkedHashSet<>();
        for (int i = 2; i < session.request.count(); i++) {
            String pattern = session.request.text(i, Integer.MAX_VALUE).toLowerCase(Locale.ROOT);
            SETTINGS.keySet().stream().filter(name -> matches(pattern, name)).forEach(found::add);
        }
        session.replies.array(2L * found.size());
        for (String name : found) {
            session.replies.bulk(name);
            session.replies.bulk(SETTINGS.get(name));
        }
    }

    /** Whether a name matches a pattern, in which * stands for any characters and ? for one. */
    private static boolean matches(String pattern, String name) {
        int star = -1;
        int resume = 0;
        int p = 0;
        int n = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = n;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    private static void configSet(Session session) throws ErrorReply {
        Request request = session.request;
        if (request.count() < 4 || request.count() % 2 != 0) {
            throw ErrorReply.wrongNumberOfArguments("config|set");
        }
        String name = request.text(2, Integer.MAX_VALUE);
        throw new ErrorReply(SETTINGS.containsKey(name.toLowerCase(Locale.ROOT))
                ? "ERR CONFIG SET failed (possibly related to argument '" + name + "') - can't set immutable config"
                : "ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
    }

    static void command(Session session) throws ErrorReply, IOException {
        Request request = session.request;
        if (request.count() == 1) {
            describe(session, Commands.ALL);
            return;
        }
        switch (ConnectionCommands.subcommand(request)) {
            case "count" -> {
                ConnectionCommands.checkCount(request, 2, "command|count");
                session.replies.integer(Commands.ALL.size());
            }
            case "docs" -> session.replies.array(0); // there is none
            case "info" -> {
                List<Command> asked = new ArrayList<>();
                for (int i = 2; i < request.count(); i++) {
                    asked.add(Commands.find(request, i));
                }
                describe(session, request.count() == 2 ? Commands.ALL : asked);
            }
            case "list" -> {
                ConnectionCommands.checkCount(request, 2, "command|list");
                session.replies.array(Commands.ALL.size());
                for (Command command : Commands.ALL) {
                    session.replies.bulk(command.name());
                }
            }
            default -> throw ConnectionCommands.unknownSubcommand(request, "COMMAND");
        }
    }

    private static void describe(Session session, List<Command> commands) throws IOException {
        session.replies.array(commands.size());
        for (Command command : commands) {
            if (command == null) {
                session.replies.nothing();
            } else {
                describe(session.replies, command);
            }
        }
    }

    private static void describe(Replies replies, Command command) throws IOException {
        replies.array(DETAILS + UNTOLD);
        replies.bulk(command.name());
        replies.integer(command.arity());
        List<String> flags = Stream.of(command.flags().split(" ")).filter(flag -> !flag.isEmpty()).toList();
        replies.array(flags.size());
        for (String flag : flags) {
            replies.simple(flag);
        }
        replies.integer(command.firstKey());
        replies.integer(command.lastKey());
        replies.integer(command.firstKey() == 0 ? 0 : 1); // the step from key to key
        for (int i = 0; i < UNTOLD; i++) {
            replies.array(0);
        }
    }
}
