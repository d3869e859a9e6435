"""Whatever comes and is let go: windows, what is due and profiles are those of a stream that kept all."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.keeping.prune import prune_rows
from core.profiles.relation import utc
from core.store import AnalyticsStore, StoredMonitor, pruned
from tests.unit.profiles.stream import DAY, START, Stream, a_spec

LATE = START + 60 * DAY
HOURS = 10 * 24
BATCHES = st.lists(
    st.tuples(
        st.lists(st.integers(-12, HOURS), min_size=1, max_size=25),  # hours of rows
        st.lists(st.integers(0, 200), max_size=4),  # rows that get a label now
        st.one_of(st.none(), st.integers(0, HOURS)),  # hours before which all is let go
    ),
    min_size=1,
    max_size=4,
)
CUTS = st.sampled_from([{"rows": 3}, {"rows": 7}, {"every": DAY}, {"every": timedelta(hours=30)}])


@settings(max_examples=25)
@given(batches=BATCHES, cut=CUTS)
def test_letting_go_changes_nothing_that_is_judged(batches, cut) -> None:
    store = AnalyticsStore.open(None)
    spec = a_spec(**cut)
    with store.writing() as cursor:
        kept, less = Stream(cursor, spec), Stream(cursor, replace(spec, model="less"))
        for one in (kept, less):
            one.start()
        monitor = StoredMonitor(spec=less.spec, layout=less.layout, watched_at=START, changed_at=START)
        ids: list[tuple[str, str]] = []
        for hours, labelled, until in batches:
            gone = pruned.read(cursor, less.layout.key).before
            times = [START + hour * timedelta(hours=1) for hour in hours]
            times = [at for at in times if gone is None or at >= gone]
            amounts = [float(hour) for hour in range(len(times))]
            ids += zip(kept.add(times, amount=amounts), less.add(times, amount=amounts), strict=True)
            here = {name for (name,) in cursor.execute(f"SELECT row_id FROM {less.layout.rows}").fetchall()}
            now_known = [ids[i % len(ids)] for i in labelled if ids and ids[i % len(ids)][1] in here]
            kept.label([one for one, _ in now_known], ["1"] * len(now_known))
            less.label([other for _, other in now_known], ["1"] * len(now_known))
            assert kept.due(LATE) == less.due(LATE)
            assert kept.run(now=LATE) == less.run(now=LATE)
            assert less.due(LATE) == []
            if until is not None:
                keep = LATE - START - until * timedelta(hours=1)
                went = prune_rows(cursor, monitor, keep, now=LATE, by_itself=False, dry_run=False)
                oldest = cursor.execute(f"SELECT min(event_at) FROM {less.layout.rows}").fetchone()
                assert utc(oldest[0] if oldest else None) == went.oldest_at
                assert less.due(LATE) == []
                assert kept.run(now=LATE) == less.run(now=LATE)
    store.close()
