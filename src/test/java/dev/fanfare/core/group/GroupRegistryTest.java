package dev.fanfare.core.group;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GroupRegistryTest {

    private final GroupRegistry<String> registry = new GroupRegistry<>();

    @Test
    void theFirstMemberMakesTheGroupAndTheLastOneEndsIt() {
        MemberHandle<String> a = registry.add("hub", "g", "a");
        assertEquals(1, a.members().size());
        MemberHandle<String> b = registry.add("hub", "g", "b");
        assertEquals(2, b.members().size());
        assertFalse(registry.remove(a));
        assertTrue(registry.remove(b));
        assertNull(registry.find("hub", "g"));
        assertEquals(0, registry.size());
    }

    @Test
    void theSameNameInTwoHubsIsTwoGroups() {
        registry.add("one", "g", "a");
        registry.add("two", "g", "b");
        assertEquals(2, registry.size());
        assertEquals(Set.of("a"), members("one", "g"));
        assertEquals(Set.of("b"), members("two", "g"));
    }

    @Test
    void leavingTwiceIsABug() {
        MemberHandle<String> a = registry.add("hub", "g", "a");
        registry.add("hub", "g", "b");
        registry.remove(a);
        assertThrows(IllegalStateException.class, () -> registry.remove(a));
    }

    @Test
    void aMemberMayLeaveWhileTheGroupIsWalkedDownwards() {
        Map<String, MemberHandle<String>> memberships = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            memberships.put("m" + i, registry.add("hub", "g", "m" + i));
        }
        Members<String> members = registry.find("hub", "g");
        assertNotNull(members);
        Set<String> visited = new HashSet<>();
        for (int i = members.size() - 1; i >= 0; i--) {
            String member = members.get(i);
            assertTrue(visited.add(member), member);
            if (member.hashCode() % 3 == 0) {
                registry.remove(requireNonNull(memberships.get(member)));
            }
        }
        assertEquals(100, visited.size());
    }

    @Test
    void anySequenceOfJoinsAndLeavesEqualsAModelOfSets() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, Set<Integer>> model = new HashMap<>();
        Map<String, Map<Integer, MemberHandle<Integer>>> memberships = new HashMap<>();
        GroupRegistry<Integer> tested = new GroupRegistry<>();
        for (int step = 0; step < 50_000; step++) {
            String group = "g" + random.nextInt(5);
            int member = random.nextInt(60);
            Set<Integer> expected = model.computeIfAbsent(group, g -> new HashSet<>());
            Map<Integer, MemberHandle<Integer>> held = memberships.computeIfAbsent(group, g -> new HashMap<>());
            if (expected.add(member)) {
                held.put(member, tested.add("hub", group, member));
            } else {
                expected.remove(member);
                assertEquals(expected.isEmpty(), tested.remove(requireNonNull(held.remove(member))), "seed=" + seed);
            }
            assertEquals(expected, contents(tested.find("hub", group)), "seed=" + seed + " step=" + step);
        }
        assertEquals(model.values().stream().filter(set -> !set.isEmpty()).count(), tested.size(), "seed=" + seed);
    }

    private Set<String> members(String hub, String group) {
        return contents(registry.find(hub, group));
    }

    private static <M> Set<M> contents(@org.jspecify.annotations.Nullable Members<M> members) {
        List<M> found = new ArrayList<>();
        for (int i = 0; members != null && i < members.size(); i++) {
            found.add(members.get(i));
        }
        Set<M> distinct = new HashSet<>(found);
        assertEquals(found.size(), distinct.size());
        return distinct;
    }
}
