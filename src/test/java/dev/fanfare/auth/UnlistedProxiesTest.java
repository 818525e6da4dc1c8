package dev.fanfare.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UnlistedProxiesTest {

    private final AtomicLong nanos = new AtomicLong(-5);
    private final UnlistedProxies proxies = new UnlistedProxies(nanos::get);

    @Test
    void aStrangerDoesNotUseUpTheLineOfAProxy() throws Exception {
        assertTrue(proxies.shouldLog(address(1)), "the stranger");
        assertFalse(proxies.shouldLog(address(2)), "the proxy, too early");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertFalse(proxies.shouldLog(address(1)));
        assertTrue(proxies.shouldLog(address(2)), "the proxy");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertFalse(proxies.shouldLog(address(2)));
    }

    @Test
    void strangersWithManyAddressesCauseALineAMinute() throws Exception {
        int lines = 0;
        for (int i = 0; i < 6000; i++) {
            lines += proxies.shouldLog(address(i)) ? 1 : 0;
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
        }
        assertEquals(10, lines);
    }

    private static InetAddress address(int number) throws Exception {
        return InetAddress.getByAddress(new byte[] {(byte) 192, 0, (byte) (number >> 8), (byte) number});
    }
}
