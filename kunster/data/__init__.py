"""Training data: photos and their cache, synthetic scenes, crops; clips with optical flow."""
