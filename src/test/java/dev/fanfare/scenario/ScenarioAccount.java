package dev.fanfare.scenario;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The outcome of every message that the broker had accepted, at every member that should get it.
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
record ScenarioAccount(
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

    static ScenarioAccount of(
            Collection<ScenarioMember> members, Collection<ScenarioPublisher> publishers, Collection<Split> splits) {
        Map<Integer, List<ScenarioPublisher.Sent>> byGroup = byGroup(publishers);
        int due = 0;
        int excused = 0;
        int lost = 0;
        for (ScenarioMember scenarioMember : members) {
            for (ScenarioPublisher.Sent sent : byGroup.getOrDefault(scenarioMember.group(), List.of())) {
                due++;
                if (!scenarioMember.has(sent.numberedMessage())) {
                    boolean mayBe = mayBeLost(sent, scenarioMember, splits);
                    excused += mayBe ? 1 : 0;
                    lost += mayBe ? 0 : 1;
                }
            }
        }
        return new ScenarioAccount(
                members.size(),
                publishers.stream().mapToInt(p -> p.accepted().size()).sum(),
                due,
                due - excused - lost,
                excused,
                lost,
                members.stream().mapToInt(ScenarioMember::doubled).sum(),
                members.stream().mapToInt(ScenarioMember::disordered).sum(),
                publishers.stream().mapToInt(ScenarioPublisher::refused).sum(),
                members.stream().mapToInt(ScenarioClient::missingIds).sum(),
                members.stream().mapToInt(ScenarioClient::resumed).sum(),
                members.stream().mapToInt(ScenarioClient::anew).sum(),
                percentile99(members),
                members.stream().mapToLong(ScenarioMember::silence).max().orElse(0) / 1_000_000);
    }

    private static Map<Integer, List<ScenarioPublisher.Sent>> byGroup(Collection<ScenarioPublisher> publishers) {
        Map<Integer, List<ScenarioPublisher.Sent>> byGroup = new HashMap<>();
        for (ScenarioPublisher scenarioPublisher : publishers) {
            for (ScenarioPublisher.Sent sent : scenarioPublisher.accepted()) {
                byGroup.computeIfAbsent(sent.numberedMessage().group(), group -> new ArrayList<>())
                        .add(sent);
            }
        }
        return byGroup;
    }

    /** With a session that is gone, and between nodes that did not hear of each other. */
    private static boolean mayBeLost(
            ScenarioPublisher.Sent sent, ScenarioMember scenarioMember, Collection<Split> splits) {
        long at = sent.at();
        return scenarioMember.wasLost(at)
                || sent.by().wasLost(at)
                || splits.stream()
                        .anyMatch(split -> split.separates(sent.by().placeAt(at), scenarioMember.placeAt(at), at));
    }

    private static long percentile99(Collection<ScenarioMember> members) {
        long[] sorted = members.stream()
                .flatMap(scenarioMember -> scenarioMember.replays().stream())
                .mapToLong(nanos -> nanos)
                .sorted()
                .toArray();
        return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(sorted.length * 0.99) - 1] / 1_000_000;
    }
}
