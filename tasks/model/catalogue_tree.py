"""The service catalogue as a tree: components below their service's root, services below the component that their root names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasks.model.design_value import Combination

Place = tuple[str, str]  # service and component


@dataclass(frozen=True)
class Component:
    """One row of the service catalogue in force."""

    service_id: str
    component_id: str
    parent_id: str | None = None
    provider_id: str | None = None
    dependency: Combination | None = None
    k: int | None = None

    @property
    def place(self) -> Place:
        """Return the service and the component."""
        return (self.service_id, self.component_id)


class CatalogueTree:
    """What stands on what. A component that several services list is at home in the service of its name, else in the first."""

    def __init__(self, components: Iterable[Component]) -> None:
        self.components = {component.place: component for component in components}
        self.below: dict[Place, list[Place]] = defaultdict(list)
        self._above: dict[Place, Place] = {}
        homes = {component_id: service_id for service_id, component_id in sorted(self.components, reverse=True)}
        homes |= {service_id: service_id for service_id, component_id in self.components if service_id == component_id}
        for place in sorted(self.components):
            above = self._place_above(self.components[place], homes)
            if above in self.components and not self._is_below(place, above):
                self.below[above].append(place)
                self._above[place] = above

    def _is_below(self, place: Place, other: Place | None) -> bool:
        """Tell whether `other` hangs below a place, or is it: to hang the place below that would close a circle."""
        while other is not None and other != place:
            other = self._above.get(other)
        return other is not None

    def _place_above(self, component: Component, homes: Mapping[str, str]) -> Place:
        service_id, parent_id = component.service_id, component.parent_id
        if parent_id is not None and (service_id, parent_id) in self.components:
            return (service_id, parent_id)
        if parent_id is not None and parent_id in homes and component.component_id == service_id:
            return (homes[parent_id], parent_id)
        return (service_id, service_id)

    def line_of(self, place: Place) -> list[Place]:
        """Return a component and those above it, nearest first; components that the catalogue does not have stand alone."""
        line = [place]
        while (above := self._above.get(line[-1])) is not None:
            line.append(above)
        return line

    def provider_of(self, place: Place) -> str | None:
        """Return who runs a component: its own provider, else that of the nearest one above it in its service; None if nobody is named."""
        line = [self.components[one].provider_id for one in self.line_of(place) if one[0] == place[0] and one in self.components]
        return next((provider for provider in line if provider is not None), None)
