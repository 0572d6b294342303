/** An event loop on epoll(7) that carries virtual threads. */
module io.stepoll {
    requires static java.management; // MXBeans, if asked for; under assertions, the monitors that a thread holds
    requires static jdk.jfr; // its events: without a flight recorder there are none
    requires static jdk.net; // its socket options and the type of one of them
    requires static org.jspecify; // which values of the API may be null, for tools

    exports io.stepoll;
    exports io.stepoll.buffer;
    exports io.stepoll.management;
    exports io.stepoll.metrics;
    exports io.stepoll.net;
    exports io.stepoll.shutdown;
    exports io.stepoll.sync;
    exports io.stepoll.tls;
    exports io.stepoll.watchdog;
}
