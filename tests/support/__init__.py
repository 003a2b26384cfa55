"""What tests share. Each module has one import name: tests.support.<module>."""
