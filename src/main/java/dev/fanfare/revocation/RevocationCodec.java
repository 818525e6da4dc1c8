package dev.fanfare.revocation;

import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import java.time.Instant;

/** The value of a revocation in the store. Fields are only ever appended. */
final class RevocationCodec {

    private static final int VERSION = WireVersions.OURS.oldest();

    private RevocationCodec() {}

    static byte[] write(Revocation revocation) {
        return WireWriter.toBytes(VERSION, out -> {
            out.writeEnum(revocation.kind());
            out.writeString(revocation.subject());
            out.writeOptional(revocation.hub());
            out.writeOptional(revocation.reason());
            out.writeOptional(revocation.createdBy());
            out.writeLong(revocation.createdAt().toEpochMilli());
            out.writeLong(revocation.issuedBeforeSeconds());
            out.writeLong(revocation.expiresAt().toEpochMilli());
        });
    }

    /** Fails for a kind that only a later version knows. */
    static Revocation read(byte[] value) throws WireException {
        WireReader in = WireReader.of(value);
        return new Revocation(
                in.readEnum(RevocationKind.class),
                in.readString(),
                in.readOptional(),
                in.readOptional(),
                in.readOptional(),
                Instant.ofEpochMilli(in.readLong()),
                in.readLong(),
                Instant.ofEpochMilli(in.readLong()));
    }
}
