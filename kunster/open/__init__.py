"""One local page for all there is to see: Try, Gallery, Runs, Report, Compare: `kunster open`."""
