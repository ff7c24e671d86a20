package io.fjord.iam.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.iam.group.GroupCommand;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.ChangeGroup;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.DeleteGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.contract.iam.group.GroupEvent;
import io.fjord.contract.iam.group.GroupEvent.GroupChanged;
import io.fjord.contract.iam.group.GroupEvent.GroupCreated;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.contract.iam.group.GroupEvent.MembersRemoved;
import io.fjord.iam.Decided;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupDeciderTest {

    private static final CreateGroup DATA = new CreateGroup("Data", null);

    private final Decided<GroupCommand, Group, GroupEvent> group =
            new Decided<>(new GroupDecider(), Address.parse("platform/group/data"));

    @Test
    void a_name_is_taken_once() {
        assertThat(group.when(DATA)).containsExactly(new GroupCreated("id-1", "Data", null, Decided.NOW));
        assertThat(group.refused(DATA)).isEqualTo("group-already-exists");
    }

    @Test
    void a_deleted_name_is_free_again_with_the_same_id_and_no_members() {
        group.when(DATA);
        group.when(new AddMembers(List.of("user:ana")));
        group.when(new DeleteGroup());
        assertThat(group.state().members()).isEmpty();

        assertThat(group.when(DATA)).containsExactly(new GroupCreated("id-1", "Data", null, Decided.NOW));
    }

    @Test
    void those_are_added_who_are_not_members_yet() {
        group.when(DATA);
        group.when(new AddMembers(List.of("user:ana")));

        assertThat(group.when(new AddMembers(List.of("user:ben", "user:ana", "group:analysts", "user:ben"))))
                .containsExactly(new MembersAdded(List.of("group:analysts", "user:ben")));
        assertThat(group.nothing(new AddMembers(List.of("user:ben")))).contains("already");
    }

    @Test
    void those_are_removed_who_are_members() {
        group.when(DATA);
        group.when(new AddMembers(List.of("user:ana", "user:ben")));

        assertThat(group.when(new RemoveMembers(List.of("user:eve", "user:ana"))))
                .containsExactly(new MembersRemoved(List.of("user:ana")));
        assertThat(group.nothing(new RemoveMembers(List.of("user:eve")))).contains("None");
        assertThat(group.state().members()).containsExactly("user:ben");
    }

    @Test
    void members_are_actors_or_groups_and_every_other_is_named() {
        group.when(DATA);

        Problem problem = group.problem(new AddMembers(List.of("ana", "user:ben", "service:core", "group:A")));

        assertThat(problem.slug()).isEqualTo("not-a-member");
        assertThat(problem.faults()).hasSize(3);
    }

    @Test
    void a_group_is_no_member_of_itself() {
        group.when(DATA);
        assertThat(group.refused(new AddMembers(List.of("user:ana", "group:data"))))
                .isEqualTo("group-in-itself");
    }

    @Test
    void a_group_has_an_end() {
        group.when(DATA);
        List<String> many = IntStream.range(0, GroupDecider.MOST_MEMBERS)
                .mapToObj(i -> "user:u" + i)
                .toList();
        group.when(new AddMembers(many));
        assertThat(group.refused(new AddMembers(List.of("user:ana")))).isEqualTo("group-too-large");
    }

    @Test
    void what_is_not_there_is_not_found() {
        for (GroupCommand command : List.of(
                new ChangeGroup("x", null),
                new AddMembers(List.of("user:ana")),
                new RemoveMembers(List.of("user:ana")),
                new DeleteGroup())) {
            assertThat(group.refused(command)).isEqualTo("group-not-found");
        }
        group.when(DATA);
        assertThat(group.when(new ChangeGroup("Data people", "hr")))
                .containsExactly(new GroupChanged("Data people", "hr"));
        assertThat(group.nothing(new ChangeGroup("Data people", "hr"))).contains("already");
    }
}
