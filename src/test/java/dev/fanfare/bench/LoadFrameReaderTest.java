package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadFrameReaderTest {

    private final List<String> found = new ArrayList<>();
    private final LoadFrameReader reader = new LoadFrameReader();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100, 70_000, 1_000_000})
    void findsFramesInPiecesOfAnySize(int piece) throws ProtocolException {
        ByteBuf bytes = Unpooled.buffer();
        for (int length : new int[] {0, 1, 125, 126, 200, 65_535, 65_536}) {
            frame(bytes, length);
        }
        while (bytes.isReadable()) {
            read(bytes.readSlice(Math.min(piece, bytes.readableBytes())));
        }

        assertEquals(List.of("1:0", "1:1", "1:125", "1:126", "1:200", "1:65535", "1:65536"), found);
    }

    @Test
    void readsNothingBehindAClose() throws ProtocolException {
        ByteBuf bytes = Unpooled.buffer().writeShort(0x8800);
        frame(bytes, 3);

        reader.read(bytes, (opcode, in, start, length) -> {
            found.add(opcode + ":" + length);
            reader.stop();
        });
        read(frame(Unpooled.buffer(), 4));

        assertEquals(List.of("8:0"), found);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0101, 0x8181, 0x8001})
    void refusesFragmentsAndMasks(int first) {
        ByteBuf bytes = Unpooled.buffer().writeShort(first).writeLong(0x7800_0000_0000_0000L);

        assertThrows(ProtocolException.class, () -> read(bytes));
    }

    @Test
    void refusesFramesThatAreTooLarge() {
        ByteBuf bytes = Unpooled.buffer().writeShort(0x827F).writeLong(LoadFrameReader.MAX_PAYLOAD + 1L);

        assertThrows(ProtocolException.class, () -> read(bytes));
    }

    private static ByteBuf frame(ByteBuf target, int length) {
        target.writeByte(0x81);
        if (length < 126) {
            target.writeByte(length);
        } else if (length < 65_536) {
            target.writeByte(126).writeShort(length);
        } else {
            target.writeByte(127).writeLong(length);
        }
        return target.writeZero(length);
    }

    private void read(ByteBuf bytes) throws ProtocolException {
        reader.read(bytes, (opcode, in, start, length) -> found.add(opcode + ":" + length));
    }
}
