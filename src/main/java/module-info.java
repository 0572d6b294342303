/** An event loop on epoll(7) that carries virtual threads. */
module io.stepoll {
    requires static java.management; // asked, under assertions, which monitors a thread holds
    requires static jdk.net; // its socket options and the type of one
    requires static jdk.unsupported; // sun.misc.Signal, where a loop is to be stopped by signals

    exports io.stepoll;
    exports io.stepoll.net;
}
