package io.stepoll.tls;
class TlsWaitsTest extends TlsFixture {
    @org.junit.jupiter.api.Test void x() {}
}
