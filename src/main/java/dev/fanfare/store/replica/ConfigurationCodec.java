package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Configurations and ballots as bytes. */
final class ConfigurationCodec {

    private ConfigurationCodec() {}

    /** As a block: all names once, then the partitions with indices of names. */
    static void write(WireWriter out, Configuration configuration) {
        Set<String> names = new LinkedHashSet<>(configuration.members());
        for (Assignment assignment : configuration.partitions()) {
            names.addAll(assignment.inSync());
            names.addAll(assignment.learners());
        }
        List<String> table = new ArrayList<>(names);
        out.writeBlock(block -> {
            block.writeString(configuration.lineage());
            block.writeLong(configuration.number());
            block.writeStrings(table);
            block.writeInt(configuration.members().size());
            block.writeList(
                    configuration.partitions(),
                    (list, assignment) -> list.writeBlock(fields -> {
                        fields.writeLong(assignment.term());
                        fields.writeLong(assignment.epoch());
                        fields.writeShort(table.indexOf(assignment.primary()));
                        writeIndices(fields, table, assignment.inSync());
                        writeIndices(fields, table, assignment.learners());
                    }));
        });
    }

    private static void writeIndices(WireWriter out, List<String> table, List<String> names) {
        out.writeList(names, (list, name) -> list.writeShort(table.indexOf(name)));
    }

    static Configuration read(WireReader in) throws WireException {
        WireReader block = in.readBlock();
        String lineage = block.readString();
        long number = block.readLong();
        List<String> table = block.readStrings();
        int members = block.readInt();
        if (members < 0 || members > table.size()) {
            throw WireException.malformed("members=" + members + " names=" + table.size());
        }
        return new Configuration(
                lineage, number, table.subList(0, members), block.readList(list -> readAssignment(list, table)));
    }

    private static Assignment readAssignment(WireReader in, List<String> table) throws WireException {
        WireReader fields = in.readBlock();
        long term = fields.readLong();
        long epoch = fields.readLong();
        String primary = readName(fields, table);
        List<String> inSync = fields.readList(list -> readName(list, table));
        List<String> learners = fields.readList(list -> readName(list, table));
        if (!inSync.contains(primary)) {
            throw WireException.malformed("primary=" + primary + " inSync=" + inSync);
        }
        return new Assignment(term, epoch, primary, inSync, learners);
    }

    private static String readName(WireReader in, List<String> table) throws WireException {
        int index = in.readShort();
        if (index >= table.size()) {
            throw WireException.malformed("index=" + index + " names=" + table.size());
        }
        return table.get(index);
    }

    static void writeOptional(WireWriter out, @Nullable Configuration configuration) {
        out.writeBoolean(configuration != null);
        if (configuration != null) {
            write(out, configuration);
        }
    }

    static @Nullable Configuration readOptional(WireReader in) throws WireException {
        return in.readBoolean() ? read(in) : null;
    }

    static void write(WireWriter out, Ballot ballot) {
        out.writeLong(ballot.round());
        out.writeString(ballot.member());
    }

    static Ballot readBallot(WireReader in) throws WireException {
        return new Ballot(in.readLong(), in.readString());
    }
}
