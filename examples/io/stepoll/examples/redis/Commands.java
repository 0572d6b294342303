package io.stepoll.examples.redis;

import java.util.List;
import java.util.Locale;

/** All commands, which are found by their names without allocation. */
final class Commands {
    static final List<Command> ALL = List.of(
            new Command("ping", -1, "fast", 0, 0, ConnectionCommands::ping),
            new Command("echo", 2, "fast", 0, 0, ConnectionCommands::echo),
            new Command("select", 2, "fast", 0, 0, ConnectionCommands::select),
            new Command("client", -2, "", 0, 0, ConnectionCommands::client),
            new Command("hello", -1, "fast", 0, 0, ConnectionCommands::hello),
            new Command("reset", 1, "fast", 0, 0, ConnectionCommands::reset),
            new Command("quit", -1, "fast", 0, 0, ConnectionCommands::quit),
            new Command("config", -2, "admin", 0, 0, ServerCommands::config),
            new Command("command", -1, "", 0, 0, ServerCommands::command),
            new Command("dbsize", 1, "readonly fast", 0, 0, ServerCommands::dbsize),
            new Command("get", 2, "readonly fast", 1, 1, StringCommands::get),
            new Command("set", -3, "write denyoom", 1, 1, StringCommands::set),
            new Command("incr", 2, "write denyoom fast", 1, 1, StringCommands::incr),
            new Command("mget", -2, "readonly fast", 1, -1, StringCommands::mget),
            new Command("del", -2, "write", 1, -1, KeyCommands::del),
            new Command("exists", -2, "readonly fast", 1, -1, KeyCommands::exists),
            new Command("expire", -3, "write fast", 1, 1, KeyCommands::expire),
            new Command("pexpire", -3, "write fast", 1, 1, KeyCommands::pexpire),
            new Command("ttl", 2, "readonly fast", 1, 1, KeyCommands::ttl),
            new Command("pttl", 2, "readonly fast", 1, 1, KeyCommands::pttl),
            new Command("lpush", -3, "write denyoom fast", 1, 1, ListCommands::lpush),
            new Command("lrange", 4, "readonly", 1, 1, ListCommands::lrange),
            new Command("publish", 3, "pubsub fast", 0, 0, PubSubCommands::publish),
            new Command("subscribe", -2, "pubsub noscript", 0, 0, PubSubCommands::subscribe),
            new Command("unsubscribe", -1, "pubsub noscript", 0, 0, PubSubCommands::unsubscribe),
            new Command("host:", -1, "", 0, 0, ConnectionCommands::http),
            new Command("post", -1, "", 0, 0, ConnectionCommands::http));

    private static final int BUCKETS = 128; // more than twice as many as commands: a look-up rarely sees two
    private static final Command[] TABLE = new Command[BUCKETS];
    private static final String[] NAMES = new String[BUCKETS]; // in upper case

    static {
        for (Command command : ALL) {
            String name = command.name().toUpperCase(Locale.ROOT);
            int hash = 0;
            for (int i = 0; i < name.length(); i++) {
                hash = mix(hash, name.charAt(i));
            }
            int index = hash & BUCKETS - 1;
            while (TABLE[index] != null) {
                index = index + 1 & BUCKETS - 1;
            }
            TABLE[index] = command;
            NAMES[index] = name;
        }
    }

    private static final int FACTOR = 31;

    private Commands() {}

    private static int mix(int hash, int letter) {
        return hash * FACTOR + letter;
    }

    /** {@return the command that an argument names, in any case; null if there is none} */
    static Command find(Request request, int argument) {
        byte[] bytes = request.bytes();
        int start = request.start(argument);
        int end = start + request.length(argument);
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = mix(hash, Request.upperCase(bytes[i]));
        }
        int index = hash & BUCKETS - 1;
        while (TABLE[index] != null && !request.is(argument, NAMES[index])) {
            index = index + 1 & BUCKETS - 1;
        }
        return TABLE[index];
    }
}
