from django.urls import path

from kaohe_web.org import views

urlpatterns = [
    path("first/", views.first_visit, name="first_visit"),
    path("people/", views.people, name="people"),
    path("people/add/", views.add_person, name="add_person"),
    path("people/<int:number>/", views.person, name="person"),
    path("people/<int:number>/switch/", views.switch_person, name="switch_person"),
    path("people/<int:number>/password/", views.new_password, name="new_password"),
    path("me/password/", views.my_password, name="my_password"),
]
