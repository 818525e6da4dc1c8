package dev.fanfare.scenario;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of every message that the broker had accepted, at every member that should get it.
 *
 * @param published messages that were accepted
 * @param due deliveries that follow from these
 * @param delivered of them that came, each counted once
 * @param excused of them that did not come, where that is not promised
 * @param lost of them that did not come although it is promised
 * @param doubled messages that came again
 * @param disordered messages that came after a later one of the same publisher
 * @param refused messages that the broker did not accept
 * @param missingIds sequence ids that were left out in a session that goes on
 * @param resumed how often clients came back to their session
 * @param anew how often clients were told that their session is gone
 * @param replayMillis 99 of 100 clients that came back had everything that they missed after so long
 * @param silenceMillis the longest time in which some member got nothing, but for when all sockets ended at once: with the
 *     usual pause between two messages of its group
 */
record Account(
        int members,
        int published,
        int due,
        int delivered,
        int excused,
        int lost,
        int doubled,
        int disordered,
        int refused,
        int missingIds,
        int resumed,
        int anew,
        long replayMillis,
        long silenceMillis) {

    static Account of(Collection<Member> members, Collection<Publisher> publishers, Collection<Split> splits) {
        Map<Integer, List<Publisher.Sent>> byGroup = byGroup(publishers);
        int due = 0;
        int excused = 0;
        int lost = 0;
        for (Member member : members) {
            for (Publisher.Sent sent : byGroup.getOrDefault(member.group(), List.of())) {
                due++;
                if (!member.has(sent.message())) {
                    boolean mayBe = mayBeLost(sent, member, splits);
                    excused += mayBe ? 1 : 0;
                    lost += mayBe ? 0 : 1;
                }
            }
        }
        return new Account(
                members.size(),
                publishers.stream().mapToInt(p -> p.accepted().size()).sum(),
                due,
                due - excused - lost,
                excused,
                lost,
                members.stream().mapToInt(Member::doubled).sum(),
                members.stream().mapToInt(Member::disordered).sum(),
                publishers.stream().mapToInt(Publisher::refused).sum(),
                members.stream().mapToInt(Client::missingIds).sum(),
                members.stream().mapToInt(Client::resumed).sum(),
                members.stream().mapToInt(Client::anew).sum(),
                percentile99(members),
                members.stream().mapToLong(Member::silence).max().orElse(0) / 1_000_000);
    }

    private static Map<Integer, List<Publisher.Sent>> byGroup(Collection<Publisher> publishers) {
        Map<Integer, List<Publisher.Sent>> byGroup = new HashMap<>();
        for (Publisher publisher : publishers) {
            for (Publisher.Sent sent : publisher.accepted()) {
                byGroup.computeIfAbsent(sent.message().group(), group -> new ArrayList<>())
                        .add(sent);
            }
        }
        return byGroup;
    }

    /** With a session that is gone, and between nodes that did not hear of each other. */
    private static boolean mayBeLost(Publisher.Sent sent, Member member, Collection<Split> splits) {
        long at = sent.at();
        return member.wasLost(at)
                || sent.by().wasLost(at)
                || splits.stream().anyMatch(split -> split.separates(sent.by().placeAt(at), member.placeAt(at), at));
    }

    private static long percentile99(Collection<Member> members) {
        long[] sorted = members.stream()
                .flatMap(member -> member.replays().stream())
                .mapToLong(nanos -> nanos)
                .sorted()
                .toArray();
        return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(sorted.length * 0.99) - 1] / 1_000_000;
    }
}
