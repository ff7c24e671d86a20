package io.fjord.iam.bundle;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.bundle.BundleCommand;
import io.fjord.contract.iam.bundle.BundleCommand.AddResources;
import io.fjord.contract.iam.bundle.BundleCommand.CreateBundle;
import io.fjord.contract.iam.bundle.BundleCommand.DeleteBundle;
import io.fjord.contract.iam.bundle.BundleCommand.RemoveResources;
import io.fjord.contract.iam.bundle.BundleEvent;
import io.fjord.contract.iam.bundle.BundleEvent.BundleCreated;
import io.fjord.contract.iam.bundle.BundleEvent.BundleDeleted;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesAdded;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesRemoved;
import io.fjord.iam.delegation.Patterns;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.List;

/** The rules of a bundle. */
final class BundleDecider implements Decider<BundleCommand, Bundle, BundleEvent> {

    /** Patterns in one bundle. */
    static final int MOST = 1000;

    @Override
    public Bundle initial(Address subject) {
        return Bundle.none(subject);
    }

    @Override
    public Bundle evolve(Bundle state, BundleEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<BundleEvent> decide(BundleCommand command, Bundle state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Bundle bundle, Context context) implements BundleCommand.Cases<Decision<BundleEvent>> {

        @Override
        public Decision<BundleEvent> on(CreateBundle wish) {
            if (bundle.exists()) {
                return Decision.reject(
                        BundleProblems.alreadyExists(bundle.address().name()));
            }
            List<Fault> faults = faults(wish.resources());
            if (!faults.isEmpty()) {
                return Decision.reject(Patterns.notRight(faults));
            }
            String id = bundle.id().isEmpty() ? context.newId().get() : bundle.id();
            return Decision.accept(new BundleCreated(
                    id, wish.description(), wish.resources().stream().distinct().toList(), context.now()));
        }

        @Override
        public Decision<BundleEvent> on(AddResources wish) {
            if (!bundle.exists()) {
                return missing();
            }
            List<Fault> faults = faults(wish.resources());
            if (!faults.isEmpty()) {
                return Decision.reject(Patterns.notRight(faults));
            }
            List<String> more = wish.resources().stream()
                    .distinct()
                    .filter(resource -> !bundle.resources().contains(resource))
                    .toList();
            if (more.isEmpty()) {
                return Decision.noEffect("All of them are in it already");
            }
            return bundle.resources().size() + more.size() > MOST
                    ? Decision.reject(BundleProblems.full(bundle.address().name()))
                    : Decision.accept(new ResourcesAdded(more));
        }

        @Override
        public Decision<BundleEvent> on(RemoveResources wish) {
            if (!bundle.exists()) {
                return missing();
            }
            List<String> there = wish.resources().stream()
                    .distinct()
                    .filter(bundle.resources()::contains)
                    .toList();
            return there.isEmpty()
                    ? Decision.noEffect("None of them is in it")
                    : Decision.accept(new ResourcesRemoved(there));
        }

        @Override
        public Decision<BundleEvent> on(DeleteBundle wish) {
            if (!bundle.exists()) {
                return missing();
            }
            return bundle.grants() > 0
                    ? Decision.reject(BundleProblems.inUse(bundle.address(), bundle.grants()))
                    : Decision.accept(new BundleDeleted());
        }

        private List<Fault> faults(List<String> resources) {
            return Patterns.ofResources(bundle.address().domain(), resources);
        }

        private Decision<BundleEvent> missing() {
            return Decision.reject(BundleProblems.notFound(bundle.address()));
        }
    }
}
