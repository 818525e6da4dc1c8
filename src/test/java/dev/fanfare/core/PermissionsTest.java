package dev.fanfare.core;

import static dev.fanfare.core.Permission.JOIN_LEAVE_GROUP;
import static dev.fanfare.core.Permission.SEND_TO_GROUP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PermissionsTest {

    @Test
    void withoutRolesNothingIsPermitted() {
        Permissions permissions = of();
        assertFalse(permissions.permits(JOIN_LEAVE_GROUP, "g"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "g"));
    }

    @Test
    void rolesWithoutAGroupPermitAnyGroup() {
        assertTrue(of("webpubsub.joinLeaveGroup").permits(JOIN_LEAVE_GROUP, "g"));
        assertFalse(of("webpubsub.joinLeaveGroup").permits(SEND_TO_GROUP, "g"));
        assertTrue(of("webpubsub.sendToGroup").permits(SEND_TO_GROUP, "g"));
        assertFalse(of("webpubsub.sendToGroup").permits(JOIN_LEAVE_GROUP, "g"));
    }

    @Test
    void rolesWithAGroupPermitThatLiteralGroup() {
        Permissions permissions = of("webpubsub.sendToGroup.a.b*", "webpubsub.joinLeaveGroup.x");
        assertTrue(permissions.permits(SEND_TO_GROUP, "a.b*"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "a.bc"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "A.b*"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "x"));
        assertTrue(permissions.permits(JOIN_LEAVE_GROUP, "x"));
    }

    @Test
    void rolesWithAPatternPermitWhatItMatches() {
        Permissions permissions = of("webpubsub.sendToGroups.room.*", "webpubsub.joinLeaveGroups.user.?");
        assertTrue(permissions.permits(SEND_TO_GROUP, "room.1"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "room.1.private"));
        assertFalse(permissions.permits(JOIN_LEAVE_GROUP, "room.1"));
        assertTrue(permissions.permits(JOIN_LEAVE_GROUP, "user.1"));
    }

    @Test
    void rolesOfOtherSpellingsMeanNothing() {
        Permissions permissions = of(
                "",
                "admin",
                "webpubsub",
                "webpubsub.",
                "sendToGroup",
                "webpubsub.sendtogroup",
                "webpubsub.sendToGroups",
                "webpubsub.sendToGroup.",
                " webpubsub.sendToGroup",
                "webpubsub.sendToGroupX");
        assertFalse(permissions.permits(SEND_TO_GROUP, "g"));
    }

    @Test
    void invalidPatternsGrantNothing() {
        Permissions permissions =
                of("webpubsub.sendToGroups.a\\", "webpubsub.sendToGroup.ok", "webpubsub.joinLeaveGroups.");
        assertFalse(permissions.permits(SEND_TO_GROUP, "a\\"));
        assertTrue(permissions.permits(SEND_TO_GROUP, "ok"));
    }

    @Test
    void aGrantPermitsOneGroup() {
        Permissions permissions = of();
        assertTrue(permissions.grant(SEND_TO_GROUP, "g"));
        assertTrue(permissions.permits(SEND_TO_GROUP, "g"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "h"));
        assertFalse(permissions.permits(JOIN_LEAVE_GROUP, "g"));
    }

    @Test
    void aRevocationOverridesRolesUntilGrantedAgain() {
        Permissions permissions = of("webpubsub.sendToGroup", "webpubsub.sendToGroup.g", "webpubsub.sendToGroups.**");
        assertTrue(permissions.revoke(SEND_TO_GROUP, "g"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "g"));
        assertTrue(permissions.permits(SEND_TO_GROUP, "h"));
        assertTrue(permissions.grant(SEND_TO_GROUP, "g"));
        assertTrue(permissions.permits(SEND_TO_GROUP, "g"));
    }

    @Test
    void rulesOfGroupsOutliveTheirRoles() {
        Permissions permissions = of("webpubsub.sendToGroup");
        permissions.revoke(SEND_TO_GROUP, "revoked");
        permissions.grant(JOIN_LEAVE_GROUP, "granted");
        permissions.replaceRoles(List.of("webpubsub.sendToGroup", "webpubsub.sendToGroups.*****"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "revoked"));
        assertTrue(permissions.permits(SEND_TO_GROUP, "other"));
        permissions.replaceRoles(List.of());
        assertFalse(permissions.permits(SEND_TO_GROUP, "other"));
        assertTrue(permissions.permits(JOIN_LEAVE_GROUP, "granted"));
    }

    @Test
    void rulesAreBoundedPerPermission() {
        Permissions permissions = of();
        for (int i = 0; i < Permissions.MAX_RULES; i++) {
            assertTrue(
                    i % 2 == 0
                            ? permissions.grant(SEND_TO_GROUP, "g" + i)
                            : permissions.revoke(SEND_TO_GROUP, "g" + i));
        }
        assertFalse(permissions.grant(SEND_TO_GROUP, "one more"));
        assertFalse(permissions.permits(SEND_TO_GROUP, "one more"));
        assertFalse(permissions.revoke(SEND_TO_GROUP, "one more"));
        assertTrue(permissions.grant(SEND_TO_GROUP, "g1"), "a group that has a rule");
        assertTrue(permissions.permits(SEND_TO_GROUP, "g1"));
        assertTrue(permissions.grant(JOIN_LEAVE_GROUP, "one more"), "the other permission");
    }

    private static Permissions of(String... roles) {
        return new Permissions(List.of(roles));
    }

    @Test
    void rolesAndRulesSayAllThatAnotherNeedsToPermitTheSame() {
        List<String> roles = List.of(
                "webpubsub.joinLeaveGroup",
                "webpubsub.sendToGroup.a.b",
                "webpubsub.sendToGroups.x?.**",
                "webpubsub.sendToGroups.q\\*");
        Permissions first = new Permissions(
                Stream.concat(roles.stream(), Stream.of("admin")).toList());
        first.revoke(SEND_TO_GROUP, "a.b");
        assertEquals(Set.copyOf(roles), Set.copyOf(first.roles()));
        assertEquals(Map.of(SEND_TO_GROUP, Map.of("a.b", false)), first.rules());
    }
}
