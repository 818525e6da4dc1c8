package dev.fanfare.cluster;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** As much of the encoding of certificates (X.690, DER) as {@link DerivedAuthority} needs. */
final class Der {

    static final int SEQUENCE = 0x30;
    static final int OCTETS = 0x04;
    static final byte[] TRUE = {0x01, 0x01, (byte) 0xff};

    private static final int INTEGER = 0x02;
    private static final int BITS = 0x03;
    private static final int OID = 0x06;
    private static final int SHORT_TIME = 0x17;
    private static final int LONG_TIME = 0x18;
    private static final int CONTEXT = 0xa0;

    private static final int SHORT_LENGTH = 0x80;
    private static final int BYTE = 8;
    private static final int MASK = 0xff;
    private static final DateTimeFormatter SHORT_YEAR = utc("uuMMddHHmmss'Z'");
    private static final DateTimeFormatter LONG_YEAR = utc("uuuuMMddHHmmss'Z'");

    /** From then on RFC 5280 wants years with four digits, and until then those with two. */
    private static final Instant LONG_FROM = Instant.parse("2050-01-01T00:00:00Z");

    private Der() {}

    /** A value with this tag, made of the parts one after the other; together shorter than 64 KiB. */
    static byte[] value(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(tag);
        if (length < SHORT_LENGTH) {
            value.write(length);
        } else if (length <= MASK) {
            value.write(SHORT_LENGTH | 1);
            value.write(length);
        } else {
            value.write(SHORT_LENGTH | 2);
            value.write(length >> BYTE);
            value.write(length & MASK);
        }
        value.writeBytes(content.toByteArray());
        return value.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return value(SEQUENCE, parts);
    }

    /** A value with an explicit tag of its context. */
    static byte[] tagged(int number, byte[]... parts) {
        return value(CONTEXT | number, parts);
    }

    static byte[] integer(BigInteger number) {
        return value(INTEGER, number.toByteArray());
    }

    /** Whole bytes as bits; {@code unused} of the last one do not count. */
    static byte[] bits(int unused, byte... bytes) {
        return value(BITS, new byte[] {(byte) unused}, bytes);
    }

    /** An object identifier by its encoded arcs. */
    static byte[] oid(int... arcs) {
        byte[] bytes = new byte[arcs.length];
        for (int i = 0; i < arcs.length; i++) {
            bytes[i] = (byte) arcs[i];
        }
        return value(OID, bytes);
    }

    /** In whole seconds, from 1950 until the year 9999. */
    static byte[] time(Instant time) {
        boolean early = time.isBefore(LONG_FROM);
        String text = (early ? SHORT_YEAR : LONG_YEAR).format(time);
        return value(early ? SHORT_TIME : LONG_TIME, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static DateTimeFormatter utc(String pattern) {
        return DateTimeFormatter.ofPattern(pattern).withZone(ZoneOffset.UTC);
    }
}
