"""What is to be seen in a window of frames, in numbers that every renderer reads."""
