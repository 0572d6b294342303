package io.stepoll.bench.side;

import io.stepoll.bench.EchoServer;
import io.stepoll.bench.peers.NettyDatagramEcho;
import io.stepoll.bench.peers.NettyEcho;
import io.stepoll.bench.peers.NettyHttp;
import io.stepoll.bench.peers.SelectorEcho;
import io.stepoll.bench.peers.VirtualThreadEcho;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server under test: a name for the reports, and the command that starts it. */
enum Server {
    C("C epoll", null),
    C_AGAIN("C epoll, again", null),
    C_SPIN("C epoll, spinning", null, "spin"),
    CALLBACK("stepoll callbacks", EchoServer.class, "callback"),
    TASK("stepoll tasks", EchoServer.class, "task"),
    CALLBACK_SPIN("stepoll callbacks, spinning", EchoServer.class, "callback", "spin"),
    TASK_SPIN("stepoll tasks, spinning", EchoServer.class, "task", "spin"),
    NETTY("Netty epoll", NettyEcho.class, "epoll"),
    NETTY_NIO("Netty NIO", NettyEcho.class, "nio"),
    SELECTOR("JDK selector", SelectorEcho.class),
    VIRTUAL("JDK virtual threads", VirtualThreadEcho.class),
    NETTY_UDP("Netty, by default", NettyDatagramEcho.class, "plain"),
    NETTY_UDP_BATCH("Netty with recvmmsg", NettyDatagramEcho.class, "batch"),
    HTTP_C("C epoll, HTTP", List.of(), "http", null),
    HTTP_C_AGAIN("C epoll, HTTP, again", List.of(), "http", null),
    HTTP_CALLBACK("stepoll callbacks, HTTP", List.of("callback"), null, "io.stepoll.examples.HttpServer"),
    HTTP_TASK("stepoll tasks, HTTP", List.of("task"), null, "io.stepoll.examples.HttpServer"),
    HTTP_NETTY("Netty epoll, HTTP", List.of(), null, NettyHttp.class.getName());

    /** The servers of streams. C is there twice, under two names: their difference is the noise. */
    static final List<Server> STREAMS =
            List.of(C, CALLBACK, TASK, NETTY, C_AGAIN, NETTY_NIO, SELECTOR, VIRTUAL);

    static final List<Server> UNIX = List.of(C, CALLBACK, TASK, NETTY, C_AGAIN, SELECTOR, VIRTUAL);

    static final List<Server> DATAGRAMS = List.of(C, CALLBACK, TASK, NETTY_UDP_BATCH, C_AGAIN, NETTY_UDP, SELECTOR);

    static final List<Server> HTTP = List.of(HTTP_C, HTTP_CALLBACK, HTTP_TASK, HTTP_NETTY, HTTP_C_AGAIN);

    static final List<Server> SPINNING = List.of(C_SPIN, CALLBACK_SPIN, TASK_SPIN, C, C_AGAIN);

    private static final Path EXAMPLES = Path.of("target", "examples");

    final String title;
    private final String executable;
    private final String program;
    private final List<String> arguments;

    Server(String title, Class<?> program, String... arguments) {
        this(title, List.of(arguments), "echo", program == null ? null : program.getName());
    }

    /**
     * @param executable of a server in C
     * @param program the class of a server in Java; null for one in C
     */
    Server(String title, List<String> arguments, String executable, String program) {
        this.title = title;
        this.executable = executable;
        this.program = program;
        this.arguments = arguments;
    }

    @Override
    public String toString() {
        return title;
    }

    boolean isJvm() {
        return program != null;
    }

    /** {@return whether the server never sleeps, so that it must be stopped while another one is measured} */
    boolean spins() {
        return arguments.contains("spin");
    }

    List<String> command(String address, Path programs, List<String> jvmFlags) {
        List<String> command = new ArrayList<>();
        if (isJvm()) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(jvmFlags);
            command.addAll(List.of("-cp", System.getProperty("java.class.path") + ":" + EXAMPLES, program));
        } else {
            command.add(programs.resolve(executable).toString());
        }
        command.add(address);
        command.addAll(arguments);
        return command;
    }
}
