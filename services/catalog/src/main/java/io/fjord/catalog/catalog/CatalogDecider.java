package io.fjord.catalog.catalog;

import io.fjord.catalog.hive.HiveCapability;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.catalog.CatalogCommand;
import io.fjord.contract.catalog.catalog.CatalogCommand.ChangeCatalog;
import io.fjord.contract.catalog.catalog.CatalogCommand.CreateCatalog;
import io.fjord.contract.catalog.catalog.CatalogCommand.DeleteCatalog;
import io.fjord.contract.catalog.catalog.CatalogCommand.ReportStorageBroken;
import io.fjord.contract.catalog.catalog.CatalogCommand.ReportStorageWorking;
import io.fjord.contract.catalog.catalog.CatalogEvent;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogBecameReadOnly;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogBecameWritable;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogChanged;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogCreated;
import io.fjord.contract.catalog.catalog.CatalogEvent.CatalogDeleted;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The rules of a catalog. */
final class CatalogDecider implements Decider<CatalogCommand, Catalog, CatalogEvent> {

    private final UnaryOperator<Catalog> builtIn;

    /** @param builtIn what an absent catalog is, before anybody asked for it */
    CatalogDecider(UnaryOperator<Catalog> builtIn) {
        this.builtIn = builtIn;
    }

    @Override
    public Catalog initial(Address subject) {
        return builtIn.apply(Catalog.absent(subject));
    }

    @Override
    public Catalog evolve(Catalog state, CatalogEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<CatalogEvent> decide(CatalogCommand command, Catalog state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Catalog catalog, Context context) implements CatalogCommand.Cases<Decision<CatalogEvent>> {

        @Override
        public Decision<CatalogEvent> on(CreateCatalog command) {
            if (catalog.exists()) {
                return Decision.reject(
                        CatalogProblems.alreadyExists(catalog.address().name()));
            }
            if (catalog.address().name().equals(HiveCapability.CATALOG)) {
                return Decision.reject(CatalogProblems.isOfHive());
            }
            String id = catalog.id().isEmpty() ? context.newId().get() : catalog.id();
            return Decision.accept(new CatalogCreated(
                    id,
                    command.storage(),
                    command.location(),
                    command.secretRef(),
                    command.keepDroppedSeconds(),
                    command.description(),
                    context.now()));
        }

        @Override
        public Decision<CatalogEvent> on(ChangeCatalog command) {
            Storage storage = catalog.storage();
            if (storage == null) {
                return missing();
            }
            if (catalog.isBuiltIn() && (command.storage() != null || command.secretRef() != null)) {
                return Decision.reject(CatalogProblems.builtIn(
                        catalog.address().name(), "its storage is the platform's and cannot be changed"));
            }
            CatalogChanged changed = new CatalogChanged(
                    command.storage() == null ? storage : command.storage(),
                    or(command.secretRef(), catalog.secretRef()),
                    or(command.keepDroppedSeconds(), catalog.keepDroppedSeconds()),
                    or(command.description(), catalog.description()),
                    Boolean.TRUE.equals(or(command.isProtected(), catalog.isProtected())));
            return changed.match(catalog).equals(catalog) ? nothing() : Decision.accept(changed);
        }

        @Override
        public Decision<CatalogEvent> on(DeleteCatalog command) {
            String name = catalog.address().name();
            if (!catalog.exists()) {
                return missing();
            }
            if (catalog.isBuiltIn()) {
                return Decision.reject(CatalogProblems.builtIn(name, "it cannot be deleted"));
            }
            if (catalog.isProtected()) {
                return Decision.reject(CatalogProblems.isProtected(name));
            }
            return catalog.occupied()
                    ? Decision.reject(CatalogProblems.notEmpty(name))
                    : Decision.accept(new CatalogDeleted());
        }

        @Override
        public Decision<CatalogEvent> on(ReportStorageBroken command) {
            // The storage says it in other words each time; the first reason stays.
            return !catalog.exists() || catalog.readOnlyBecause() != null
                    ? nothing()
                    : Decision.accept(new CatalogBecameReadOnly(command.reason()));
        }

        @Override
        public Decision<CatalogEvent> on(ReportStorageWorking command) {
            return catalog.readOnlyBecause() == null ? nothing() : Decision.accept(new CatalogBecameWritable());
        }

        private static <T> @Nullable T or(@Nullable T wished, @Nullable T now) {
            return wished == null ? now : wished;
        }

        private static Decision<CatalogEvent> nothing() {
            return Decision.noEffect("it is so already");
        }

        private Decision<CatalogEvent> missing() {
            return Decision.reject(CatalogProblems.notFound(
                    catalog.address().domain(), catalog.address().name()));
        }
    }
}
